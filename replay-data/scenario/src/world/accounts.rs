//! The organisation's accounts and the environments they make up, the same in every world.

use crate::cloudtrail::Account;

/// An environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Site {
    /// The environment's name.
    pub name: &'static str,
    /// The account.
    pub account: Account,
    /// The Kubernetes cluster in it.
    pub cluster: &'static str,
    /// The provider that vouches for the cluster's pods.
    pub issuer: &'static str,
    /// The second number of the first of its networks.
    pub network: u8,
    /// Of a hundred workloads, so many live here.
    pub share: u64,
}

/// Private networks of a site, a /16 each.
pub(super) const NETWORKS: u8 = 12;
/// Where a site goes when its region fails.
pub(super) const SECOND_REGION: &str = "us-west-2";
/// The second region's networks lie so much higher.
pub(super) const SECOND_NETWORK: u8 = 100;

/// All sites.
pub(super) const SITES: [Site; 4] = [
    Site {
        name: "prod",
        account: Account { id: "318204751906", region: "us-east-1", endpoint: "vpce-0a51c7e93d2b8f640" },
        cluster: "eks-prod",
        issuer: "oidc.eks.us-east-1.amazonaws.com/id/1B7E4D90C2A65F38E07D9C41B6A2F853",
        network: 20,
        share: 45,
    },
    Site {
        name: "prod",
        account: Account { id: "640917325518", region: "us-east-1", endpoint: "vpce-0c84f6b21e97d3a05" },
        cluster: "eks-prod-data",
        issuer: "oidc.eks.us-east-1.amazonaws.com/id/6F02A8D57B3C4E19905E2D8F7A1C6B34",
        network: 40,
        share: 20,
    },
    Site {
        name: "staging",
        account: Account { id: "527390184462", region: "us-east-1", endpoint: "vpce-03d7a92f5c61e8b40" },
        cluster: "eks-staging",
        issuer: "oidc.eks.us-east-1.amazonaws.com/id/D34B60F1987A2C5EE81B7F4A9C03D652",
        network: 60,
        share: 15,
    },
    Site {
        name: "dev",
        account: Account { id: "905128463371", region: "us-east-1", endpoint: "vpce-0f19b4c83a75d2e60" },
        cluster: "eks-dev",
        issuer: "oidc.eks.us-east-1.amazonaws.com/id/A97C15E3B48D0F62C71E5A9D3B8604F2",
        network: 80,
        share: 20,
    },
];

impl Site {
    /// The same account where it goes when its region fails.
    pub(super) const fn failed_over(&self) -> Account {
        Account { region: SECOND_REGION, ..self.account }
    }
}
