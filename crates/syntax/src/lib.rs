//! The file's grammar: text to logical lines, words and sections, lossless. Knows no keyword.
