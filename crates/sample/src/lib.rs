//! Sample values, fetches, converters, expressions, log-format strings.
