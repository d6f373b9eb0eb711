//! The network of an address: public ones by a /24 or /48, private ones by a /16.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ambit_schemas::RuleSet;
use ambit_schemas::ruleset::Parameter;

/// The network of an address, as text; `None` for what is no address.
pub(super) fn of(address: &str, rules: &RuleSet) -> Option<String> {
    let bits = |parameter| u32::try_from(rules.count(parameter)).unwrap_or(u32::MAX);
    match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(ip) if is_private(ip) => Some(v4(ip, bits(Parameter::TokenReusePrivateV4Bits))),
        IpAddr::V4(ip) => Some(v4(ip, bits(Parameter::TokenReusePublicV4Bits))),
        IpAddr::V6(ip) => Some(v6(ip, bits(Parameter::TokenReusePublicV6Bits))),
    }
}

/// Private, shared (RFC 6598), link-local and loopback addresses.
fn is_private(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    ip.is_private() || ip.is_link_local() || ip.is_loopback() || (first == 100 && second & 0xC0 == 64)
}

fn v4(ip: Ipv4Addr, bits: u32) -> String {
    let bits = bits.min(32);
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    format!("{}/{bits}", Ipv4Addr::from_bits(ip.to_bits() & mask))
}

fn v6(ip: Ipv6Addr, bits: u32) -> String {
    let bits = bits.min(128);
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    format!("{}/{bits}", Ipv6Addr::from_bits(ip.to_bits() & mask))
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
            ("s3.amazonaws.com", None),
            ("211.9.016.253", None),
        ] {
            assert_eq!(super::of(address, &rules()).as_deref(), network, "{address}");
        }
    }
}
