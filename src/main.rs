//! The `limpio` command: see [`cli`] for what it does and `limpio` (the library) for how.

mod cli;
mod io;

fn main() -> std::process::ExitCode {
    cli::main()
}
