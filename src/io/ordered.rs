//! Work on many threads, results in the order of the work.
//!
//! A feeder thread pulls items from an iterator (and may block in a read), workers turn them into
//! results, and the calling thread takes the results in the order of the items. The feeder needs
//! a ticket per item and the caller hands the ticket back when the result is consumed: at most
//! `ITEMS_PER_WORKER` items per worker are anywhere between, so memory is bounded even when one
//! slow item holds up the order.
//!
//! The threads are detached, not scoped: a feeder that waits for a paused pipe must not keep the
//! caller from returning once nobody reads the output any more.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

/// Items in flight per worker: enough that a worker does not starve behind one slow neighbour.
const ITEMS_PER_WORKER: usize = 4;

/// Runs the closures that `worker` makes over `items` and gives their results to `consume` in order.
///
/// `worker` is called once on every thread and returns the function that does the work there, so
/// that buffers can be reused. With one job, or where no thread can be started, everything runs
/// on the calling thread. `consume` may break; the items that are under way are then abandoned.
pub fn run<T, R, I, W, F>(
    items: I,
    jobs: usize,
    worker: W,
    mut consume: impl FnMut(R) -> ControlFlow<()>,
) where
    T: Send + 'static,
    R: Send + 'static,
    I: Iterator<Item = T> + Send + 'static,
    W: Fn() -> F + Send + Sync + 'static,
    F: FnMut(T) -> R,
{
    let worker = Arc::new(worker);
    // The feeder takes the items out once it runs; if it cannot be started they are still here.
    let items = Arc::new(Mutex::new(Some(items)));
    let Some(threads) = start(&items, jobs, &worker) else {
        let left = items.lock().ok().and_then(|mut items| items.take());
        let mut work = worker();
        for item in left.into_iter().flatten() {
            if consume(work(item)).is_break() {
                return;
            }
        }
        return;
    };
    let mut waiting = BTreeMap::new();
    let mut next = 0_u64;
    for (number, result) in &threads.results {
        waiting.insert(number, result);
        while let Some(result) = waiting.remove(&next) {
            if consume(result).is_break() {
                return;
            }
            next += 1;
            // Fails once the feeder has seen the end of the items and is gone.
            let _ = threads.tickets.try_send(());
        }
    }
}

struct Threads<R> {
    results: Receiver<(u64, R)>,
    tickets: Sender<()>,
}

/// Starts the feeder and the first worker, and the others as items come; `None` for one job, or if
/// not even one of each can start.
fn start<T, R, I, W, F>(
    items: &Arc<Mutex<Option<I>>>,
    jobs: usize,
    worker: &Arc<W>,
) -> Option<Threads<R>>
where
    T: Send + 'static,
    R: Send + 'static,
    I: Iterator<Item = T> + Send + 'static,
    W: Fn() -> F + Send + Sync + 'static,
    F: FnMut(T) -> R,
{
    if jobs <= 1 {
        return None;
    }
    let window = jobs.saturating_mul(ITEMS_PER_WORKER);
    let (to_workers, work) = bounded::<(u64, T)>(jobs);
    let (done, results) = bounded::<(u64, R)>(jobs);
    let worker = Arc::clone(worker);
    let start_worker = move |number: u64| {
        let (work, done, worker) = (work.clone(), done.clone(), Arc::clone(&worker));
        thread::Builder::new().name(format!("worker {number}")).spawn(move || {
            let mut run = worker();
            for (number, item) in work {
                if done.send((number, run(item))).is_err() {
                    break;
                }
            }
        })
    };
    start_worker(0).ok()?;
    let (tickets, taken) = bounded(window);
    for _ in 0..window {
        let _ = tickets.try_send(());
    }
    let source = Arc::clone(items);
    let feeder = thread::Builder::new().name("feeder".into()).spawn(move || {
        let items = source.lock().ok().and_then(|mut items| items.take());
        // Holds ends of the channels: kept only while a worker may still be started, so that the
        // channels close when all workers are gone.
        let mut start_worker = Some(start_worker);
        for (number, item) in (0..).zip(items.into_iter().flatten()) {
            // One worker per item, up to all: a single file does not start 64 threads. Where the
            // system has no more threads to give, fewer do.
            start_worker = start_worker
                .filter(|start| number == 0 || number < jobs as u64 && start(number).is_ok());
            if to_workers.send((number, item)).is_err() || taken.recv().is_err() {
                break;
            }
        }
    });
    feeder.ok().map(|_| Threads { results, tickets })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn squares(count: u64, jobs: usize) -> Vec<u64> {
        let mut seen = Vec::new();
        run(
            0..count,
            jobs,
            || {
                |n: u64| {
                    // Early items are the slow ones, so that results arrive out of order.
                    if n.is_multiple_of(7) {
                        thread::yield_now();
                    }
                    n * n
                }
            },
            |square| {
                seen.push(square);
                ControlFlow::Continue(())
            },
        );
        seen
    }

    #[test]
    fn results_come_in_the_order_of_the_items_whatever_the_jobs() {
        let expected: Vec<u64> = (0..500).map(|n| n * n).collect();
        for jobs in [1, 2, 3, 16] {
            assert_eq!(squares(500, jobs), expected, "{jobs} jobs");
        }
        assert_eq!(squares(0, 4), Vec::<u64>::new());
    }

    #[test]
    fn a_slow_consumer_bounds_what_is_fed() {
        let fed = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&fed);
        let items = (0..100_000_u64).inspect(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        let mut consumed = 0;
        run(
            items,
            2,
            || |n: u64| n,
            |_| {
                consumed += 1;
                let ahead = fed.load(Ordering::SeqCst) - consumed;
                assert!(ahead <= 2 * ITEMS_PER_WORKER as u64 + 3, "{ahead} items ahead");
                if consumed == 1_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(consumed, 1_000);
    }

    #[test]
    fn the_caller_may_stop_while_the_feeder_is_blocked() {
        let (_never, blocked) = bounded::<u64>(0);
        let items = std::iter::once(1).chain(std::iter::from_fn(move || blocked.recv().ok()));
        let mut consumed = 0;
        run(
            items,
            2,
            || |n: u64| n,
            |_| {
                consumed += 1;
                ControlFlow::Break(())
            },
        );
        assert_eq!(consumed, 1);
    }
}
