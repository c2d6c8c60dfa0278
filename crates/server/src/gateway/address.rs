//! Which addresses a retailer's webhook may point at. What is not plainly public is refused; forms that carry an IPv4 address inside are
//! judged by what they carry.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Public,
    /// This machine: allowed in the sandbox.
    Loopback,
    /// The operator's own network: allowed if the operator says so.
    Private,
    /// Never a webhook, whoever asks: metadata services, link-local, multicast, reserved.
    Never,
}

pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(v4) => reach_v4(v4),
        IpAddr::V6(v6) => reach_v6(v6),
    }
}

/// (network, bits, kind); the first that holds the address decides.
const NETWORKS_V4: &[([u8; 4], u32, Reach)] = &[
    // Clouds' metadata services that stand outside the link-local range.
    ([168, 63, 129, 16], 32, Reach::Never),
    ([100, 100, 100, 200], 32, Reach::Never),
    ([0, 0, 0, 0], 8, Reach::Never),
    ([10, 0, 0, 0], 8, Reach::Private),
    ([100, 64, 0, 0], 10, Reach::Private),
    ([127, 0, 0, 0], 8, Reach::Loopback),
    ([169, 254, 0, 0], 16, Reach::Never),
    ([172, 16, 0, 0], 12, Reach::Private),
    ([192, 0, 0, 0], 24, Reach::Never),
    ([192, 0, 2, 0], 24, Reach::Never),
    ([192, 88, 99, 0], 24, Reach::Never),
    ([192, 168, 0, 0], 16, Reach::Private),
    ([198, 18, 0, 0], 15, Reach::Never),
    ([198, 51, 100, 0], 24, Reach::Never),
    ([203, 0, 113, 0], 24, Reach::Never),
    ([224, 0, 0, 0], 3, Reach::Never),
];

fn reach_v4(address: Ipv4Addr) -> Reach {
    let bits = u32::from(address);
    let holds = |network: &[u8; 4], length: u32| bits >> (32 - length) == u32::from_be_bytes(*network) >> (32 - length);
    NETWORKS_V4.iter().find(|(network, length, _)| holds(network, *length)).map_or(Reach::Public, |n| n.2)
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let s = address.segments();
    let v4 = |high: u16, low: u16| reach_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match s {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Loopback,
        [0, 0, 0, 0, 0, 0, 0, 0] => Reach::Never,
        // IPv4-mapped, translated, compatible.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] | [0, 0, 0, 0, 0, 0, high, low] => v4(high, low),
        // NAT64 and 6to4 reach the IPv4 address that they hold.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => v4(high, low),
        // ISATAP.
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] if v4(high, low) != Reach::Public => v4(high, low),
        [0xfd00, 0xec2, ..] => Reach::Never,
        [first, ..] if first & 0xfe00 == 0xfc00 => Reach::Private,
        // Teredo, benchmarks, ORCHID and the rest of the protocol assignments; documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => Reach::Never,
        [first, ..] if first & 0xfff0 == 0x3ff0 => Reach::Never,
        [first, ..] if first & 0xe000 == 0x2000 => Reach::Public,
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_public_and_forms_are_judged_by_what_they_carry() {
        for (text, expected) in [
            ("93.184.215.14", Reach::Public),
            ("2606:4700::1111", Reach::Public),
            ("::ffff:93.184.215.14", Reach::Public),
            ("64:ff9b::5db8:d70e", Reach::Public),
            ("2002:5db8:d70e::1", Reach::Public),
            ("172.15.0.1", Reach::Public),
            ("172.32.0.1", Reach::Public),
            ("100.128.0.1", Reach::Public),
            ("127.255.255.254", Reach::Loopback),
            ("::ffff:127.0.0.1", Reach::Loopback),
            ("2002:7f00:1::", Reach::Loopback),
            ("fd12:3456::1", Reach::Private),
            ("fd00:ec2::254", Reach::Never),
            ("fe80::1", Reach::Never),
            ("64:ff9b:1::1", Reach::Never),
            ("255.255.255.255", Reach::Never),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Reach::Never),
            ("2a00:1450::5efe:a00:1", Reach::Private),
        ] {
            assert_eq!(reach(text.parse().unwrap()), expected, "{text}");
        }
    }
}
