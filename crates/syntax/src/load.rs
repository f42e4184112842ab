//! Which files of a directory are configuration files, and in which order (management manual, option `-f`).

/// The names that `-f DIR` loads, in loading order, out of the names of the directory's regular files: those that end in
/// `.cfg` and are not hidden, in the order of their bytes.
pub fn order<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.into_iter().filter(|n| n.ends_with(".cfg") && !n.starts_with('.')).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_visible_cfg_files_are_loaded_in_byte_order() {
        let names = ["b.cfg", "a.cfg", "10.cfg", "B.cfg", ".h.cfg", "x.conf", "x.cfg.bak", "cfg", "a.CFG", "_.cfg"];
        assert_eq!(super::order(names), ["10.cfg", "B.cfg", "_.cfg", "a.cfg", "b.cfg"]);
    }
}
