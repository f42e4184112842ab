//! The words of the command line, by the rows of options.

use super::options::{COMMANDS, Command, OPTIONS, Opt};
use anyhow::{Result, bail};

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) command: Command,
    said: Vec<(&'static str, String)>,
    pub(crate) inputs: Vec<String>,
}

impl Args {
    pub(crate) fn parse(words: &[String]) -> Result<Args> {
        let named = words.first().and_then(|word| COMMANDS.iter().find(|(name, ..)| name == word));
        let command = named.map_or(Command::Check, |(_, command, _)| *command);
        let mut args = Args { command, said: Vec::new(), inputs: Vec::new() };
        let mut words = words.iter().skip(usize::from(named.is_some()));
        while let Some(word) = words.next() {
            let (name, glued) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            match OPTIONS.iter().find(|option| option.name == name || option.short == name && !name.is_empty()) {
                Some(option) => {
                    let value =
                        if option.value.is_empty() { glued } else { glued.or_else(|| words.next().map(|w| &**w)) };
                    args.option(option, value)?;
                }
                None if word == "--" => args.inputs.extend(words.by_ref().cloned()),
                None if word.starts_with('-') && word != "-" => {
                    bail!("unknown option '{word}': see 'cfg-check --help'")
                }
                None => args.inputs.push(word.clone()),
            }
        }
        if args.inputs.is_empty() {
            args.inputs.push("-".into());
        }
        Ok(args)
    }

    fn option(&mut self, option: &'static Opt, value: Option<&str>) -> Result<()> {
        let name = option.name;
        if !option.of.is_empty() && !option.of.contains(&self.command) {
            bail!("'{}' does not take {name}: see 'cfg-check --help'", self.name());
        }
        match (option.value.is_empty(), value) {
            (true, Some(_)) => bail!("{name} takes no value"),
            (false, None) => bail!("{name} needs a value"),
            (_, value) if name == "--file" => self.inputs.extend(value.map(str::to_string)),
            (_, value) => self.said.push((name, value.unwrap_or("").into())),
        }
        Ok(())
    }

    pub(crate) fn name(&self) -> &'static str {
        COMMANDS.iter().find(|(_, command, _)| *command == self.command).map_or("", |(name, ..)| name)
    }

    pub(crate) fn has(&self, option: &str) -> bool {
        self.last(option).is_some()
    }

    /// The value of an option, as said last.
    pub(crate) fn last(&self, option: &str) -> Option<&str> {
        self.all(option).last()
    }

    pub(crate) fn all(&self, option: &str) -> impl Iterator<Item = &str> {
        self.said.iter().filter(move |(name, _)| *name == option).map(|(_, value)| value.as_str())
    }
}
