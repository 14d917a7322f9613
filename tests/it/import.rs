//! `import`: exports of every kind, honest, odd, damaged and hostile, read by the real binary.

mod albums;
mod cases;
mod clock;
mod corpus;
mod damage;
mod expect;
mod exports;
mod formats;
mod halves;
mod hostile;
mod lab;
mod marks;
mod meanwhile;
mod output;
mod pairs;
mod parts;
mod renamed;
mod reread;
mod stop;
mod tangled;
mod together;
mod told;
mod unproven;
mod xmp;
mod xmp_readers;
