//! Chapter 2: positions in global value chains.
