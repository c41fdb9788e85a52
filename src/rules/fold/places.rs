//! The places of a folded text where a phrase may begin.

use crate::chunk::CHUNK;

/// Places in a folded text, in order; a buffer that is used from line to line.
#[derive(Default)]
pub(crate) struct Places {
    /// Longer than the places that are held.
    room: Vec<u32>,
    held: usize,
}

impl Places {
    pub(crate) fn all(&self) -> &[u32] {
        &self.room[..self.held]
    }

    /// Forgets the places, and makes room for those of a text of so many bytes.
    pub(super) fn clear(&mut self, bytes: usize) {
        self.held = 0;
        self.make_room(bytes);
    }

    fn make_room(&mut self, places: usize) {
        let needed = self.held + places + CHUNK;
        if self.room.len() < needed {
            self.room.resize(needed, 0);
        }
    }
}

/// Takes the places where a phrase may begin, in order.
pub(super) trait TakePlaces {
    fn push(&mut self, place: usize);

    /// Adds the places of the bits of a mask, the lowest of which stands for `from`.
    fn push_mask(&mut self, from: usize, mask: u64);
}

/// Where places do not matter.
impl TakePlaces for () {
    fn push(&mut self, _: usize) {}

    fn push_mask(&mut self, _: usize, _: u64) {}
}

impl TakePlaces for Places {
    #[inline]
    fn push(&mut self, place: usize) {
        if self.room.len() == self.held {
            self.make_room(CHUNK);
        }
        self.room[self.held] = place as u32;
        self.held += 1;
    }

    /// Four are written at a time, because processors never expect how many there are.
    #[inline(always)]
    fn push_mask(&mut self, from: usize, mut mask: u64) {
        if self.room.len() < self.held + CHUNK {
            self.make_room(CHUNK);
        }
        let Some(room) = self.room.get_mut(self.held..self.held + CHUNK) else { return };
        self.held += mask.count_ones() as usize;
        for four in room.as_chunks_mut::<4>().0 {
            for place in four {
                *place = (from + mask.trailing_zeros() as usize) as u32;
                mask &= mask.wrapping_sub(1);
            }
            if mask == 0 {
                break;
            }
        }
    }
}
