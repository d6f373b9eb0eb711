//! The network of an address: public ones by a /24 or /48, private ones by a /16. A number, so that comparing two costs
//! nothing; it becomes text only in a finding.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ambit_schemas::RuleSet;
use ambit_schemas::ruleset::Parameter;

use crate::codec::codec_struct;

/// An address with its low bits cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Network {
    bits: u128,
    prefix_bits: u8,
    is_v6: bool,
}
codec_struct!(Network { bits, prefix_bits, is_v6 });

/// The network of an address; `None` for what is no address, and for addresses that mean the machine itself.
pub(crate) fn of(address: &str, rules: &RuleSet) -> Option<Network> {
    let bits = |parameter| u32::try_from(rules.count(parameter)).unwrap_or(u32::MAX);
    match address.parse::<IpAddr>().ok()?.to_canonical() {
        ip if is_nowhere(ip) => None,
        IpAddr::V4(ip) if is_private(ip) => Some(v4(ip, bits(Parameter::TokenReusePrivateV4Bits))),
        IpAddr::V4(ip) => Some(v4(ip, bits(Parameter::TokenReusePublicV4Bits))),
        IpAddr::V6(ip) => Some(v6(ip, bits(Parameter::TokenReusePublicV6Bits))),
    }
}

/// Loopback, link-local and unspecified addresses: an agent beside the workload, not a place.
fn is_nowhere(ip: IpAddr) -> bool {
    ip.is_loopback()
        || ip.is_unspecified()
        || match ip {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        }
}

/// Private and shared (RFC 6598) addresses.
fn is_private(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    ip.is_private() || (first == 100 && second & 0xC0 == 64)
}

fn v4(ip: Ipv4Addr, bits: u32) -> Network {
    let bits = bits.min(32);
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    Network { bits: u128::from(ip.to_bits() & mask), prefix_bits: prefix(bits), is_v6: false }
}

fn v6(ip: Ipv6Addr, bits: u32) -> Network {
    let bits = bits.min(128);
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    Network { bits: ip.to_bits() & mask, prefix_bits: prefix(bits), is_v6: true }
}

/// At most 128.
fn prefix(bits: u32) -> u8 {
    u8::try_from(bits).unwrap_or(u8::MAX)
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match u32::try_from(self.bits).ok().filter(|_| !self.is_v6) {
            Some(bits) => write!(f, "{}/{}", Ipv4Addr::from_bits(bits), self.prefix_bits),
            None => write!(f, "{}/{}", Ipv6Addr::from_bits(self.bits), self.prefix_bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::rules;

    #[test]
    fn an_address_has_a_network() {
        for (address, network) in [
            ("198.51.100.77", Some("198.51.100.0/24")),
            ("10.20.30.40", Some("10.20.0.0/16")),
            ("172.16.9.9", Some("172.16.0.0/16")),
            ("100.64.1.1", Some("100.64.0.0/16")),
            ("2001:db8:7:ffff::10", Some("2001:db8:7::/48")),
            ("::ffff:198.51.100.7", Some("198.51.100.0/24")),
            ("::5", Some("::/48")),
            ("::ffff:127.0.0.1", None),
            ("169.254.169.254", None),
            ("fe80::1", None),
            ("s3.amazonaws.com", None),
            ("211.9.016.253", None),
        ] {
            let found = super::of(address, &rules()).map(|network| network.to_string());
            assert_eq!(found.as_deref(), network, "{address}");
        }
    }
}
