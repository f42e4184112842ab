//! Plays the scenes of `data/observed-2.6.txt`: events, and behind `>` the servers that HAProxy 2.6.12 chose.

use std::fs;
use std::path::Path;

use balance::sim::script::play;

#[test]
fn scenes_go_as_they_went_in_haproxy() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/observed-2.6.txt");
    let text = fs::read_to_string(file).unwrap();
    let mut scenes = 0;
    for scene in text.split("\n\n") {
        let (seen, script): (Vec<&str>, Vec<&str>) =
            scene.lines().filter(|line| !line.starts_with('#')).partition(|line| line.starts_with("> "));
        let printed = play(&script.join("\n")).unwrap();
        for (got, expected) in printed.lines().zip(&seen) {
            // A client does not see which server's queue it is in.
            let got = if got.ends_with('?') { "?" } else { got };
            assert_eq!(got, &expected[2..], "in\n{scene}");
        }
        assert_eq!(printed.lines().count(), seen.len(), "in\n{scene}");
        scenes += 1;
    }
    assert_eq!(scenes, SCENES);
}

const SCENES: usize = 83;
