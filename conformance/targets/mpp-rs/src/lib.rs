//! What the server of this target is made of.
pub mod poem;
pub mod shop;
pub mod store;
