//! Where is an industry concentrated, and is that more than chance?
