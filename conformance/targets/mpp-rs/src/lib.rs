//! What the server and the client of this target are made of.
pub mod events;
pub mod poem;
pub mod shop;
pub mod store;
