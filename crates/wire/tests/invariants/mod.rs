//! What holds for any bytes that come off a wire; the fuzz targets share it.

pub(crate) mod http1;
pub(crate) mod small;
