//! The clients of the user agents seen so far.

use super::client::{client, is_interactive};
use crate::remembered::Remembered;

/// A memory of [`client`] and [`is_interactive`]: a log has few user agents, and to look for the product in one takes
/// longer than to find it here.
#[derive(Debug, Default)]
pub(in crate::decode) struct Clients(Remembered<(Option<Box<str>>, bool)>);

impl Clients {
    /// The client of a user agent, and whether a person sat at it.
    pub(in crate::decode) fn get(&mut self, agent: Option<&str>) -> (Option<&str>, bool) {
        let Some(agent) = agent else { return (None, false) };
        let (client, is_interactive) =
            self.0.of(agent, || (client(agent).map(Box::from), is_interactive(agent)));
        (client.as_deref(), *is_interactive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_was_worked_out() {
        let mut clients = Clients::default();
        assert_eq!(clients.get(None), (None, false));
        let long = format!("aws-cli/2 {}", "x".repeat(2_000));
        for round in 0..2 {
            for agent in ["aws-cli/2.17.32 md/a", "Boto3/1.26.1", "console.amazonaws.com", "-", "", &long] {
                let expect = client(agent);
                assert_eq!(clients.get(Some(agent)), (expect.as_deref(), is_interactive(agent)), "{round}");
            }
        }
    }
}
