//! What the detector is told to look for, as plain numbers. The texts, mappings and defaults stand in the catalogue;
//! this is what is left when they have been read and checked.

use std::collections::BTreeMap;

use crate::vocabulary::{Check, Confidence, Severity};

/// Declares the parameters: variant and wire name, which is `<section>.<name with its unit>`.
macro_rules! parameters {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// A number that the catalogue sets; the name carries the unit.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Parameter { $($(#[$doc])* $variant,)+ }

        impl Parameter {
            /// Every parameter.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in the catalogue: a check's id or `detector`, a dot, the parameter.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name,)+ } }
        }
    };
}

parameters! {
    /// Days since its first event before a workload can mature.
    LearningDays = "detector.learning_days",
    /// Active days a workload needs to mature.
    LearningActiveDays = "detector.learning_active_days",
    /// Silent days after which a baseline is stale.
    StaleDays = "detector.stale_days",
    /// Days that learning stays behind live once mature.
    LearningLagDays = "detector.learning_lag_days",
    /// Days of unuse after which an atom leaves the live reach.
    ReachDays = "detector.reach_days",
    /// Days of unuse after which an atom with a weekly or monthly rhythm leaves the live reach.
    PeriodicDays = "detector.periodic_days",
    /// Days without a recurrence after which an incident is closed.
    QuietDays = "detector.quiet_days",
    /// Parts that the baselines are split into.
    Shards = "detector.shards",
    /// Peers below which the whole fleet takes their place.
    PeersLeast = "detector.peers_least",
    /// Part of an alarm threshold from which on nothing is learnt.
    SuspicionPart = "detector.suspicion_part",
    /// Atoms a workload may hold.
    AtomsPerWorkload = "detector.atoms_per_workload",
    /// Workloads held before the least recently seen is evicted.
    Workloads = "detector.workloads",
    /// Credentials held before the least recently seen is evicted.
    Credentials = "detector.credentials",
    /// Event ids held for deduplication.
    DedupEvents = "detector.dedup_events",
    /// Seconds that a request waits for its response.
    PairSecs = "detector.pair_secs",
    /// Findings held open for updates before the one longest unchanged is forgotten.
    OpenFindings = "detector.open_findings",
    /// Distinct texts held in state before new ones become one.
    Symbols = "detector.symbols",
    /// Evidences a finding carries.
    EvidencesPerFinding = "detector.evidences_per_finding",
    /// D01: share of the budget.
    DriftShare = "D01.budget_share",
    /// D01: factor on the chance of a mark, against a null that is too light.
    DriftNullFactor = "D01.null_factor",
    /// D01: days of peer behaviour that stand behind a workload's own.
    DriftPriorDays = "D01.prior_days",
    /// D01: least chance of a mark a day.
    DriftLeastChance = "D01.least_chance",
    /// D01: greatest chance of a mark a day.
    DriftMostChance = "D01.most_chance",
    /// D01: days within which a second day of use consolidates an atom.
    DriftConsolidationDays = "D01.consolidation_days",
    /// D02: share of the budget of the daily scale.
    BurstShare = "D02.budget_share",
    /// D02: share of the budget of the three-hour scale.
    BurstWindowShare = "D02.window_budget_share",
    /// D02: fewest weighted new atoms in three hours that can be a burst.
    BurstFloorPoints = "D02.floor_points_per_window",
    /// D02: three-hour windows of fleet behaviour that stand behind a workload's own mean.
    BurstPriorWindows = "D02.prior_windows",
    /// D02: least dispersion 1/r of the three-hour scale.
    BurstWindowDispersionFloor = "D02.window_dispersion_floor",
    /// D02: fewest new atoms in a day that can be a burst.
    BurstFloorAtoms = "D02.floor_atoms_per_day",
    /// D02: factor on the mean, against a null that is too light.
    BurstMeanFactor = "D02.mean_factor",
    /// D02: days of fleet behaviour that stand behind a workload's own mean.
    BurstPriorDays = "D02.prior_days",
    /// D02: first days of a workload that teach nothing.
    BurstSkipDays = "D02.skip_days",
    /// D02: least dispersion 1/r of the negative binomial.
    BurstDispersionFloor = "D02.dispersion_floor",
    /// D02: weight of an atom that a change record explains.
    BurstExplainedWeight = "D02.explained_weight",
    /// D09: distinct days of acting in another environment that make it a new home.
    PromotedDays = "D09.active_days",
    /// D04: share of the budget.
    ShiftShare = "D04.budget_share",
    /// D04: days of a reference before an atom is judged by it.
    ShiftReferenceDays = "D04.reference_days",
    /// D04: uses a day that no reference is below.
    ShiftFloorUses = "D04.floor_uses_per_day",
    /// D04: sensitive atoms watched in one workload.
    ShiftAtoms = "D04.atoms_per_workload",
    /// D04: days after a deployment or an alarm in which the references rise with the use.
    ShiftSettleDays = "D04.settle_days",
    /// D10: live over origin reach of the first step.
    RatchetRatio1 = "D10.ratio_low",
    /// D10: of the second step.
    RatchetRatio2 = "D10.ratio_medium",
    /// D10: of the third step.
    RatchetRatio3 = "D10.ratio_high",
    /// D10: least gain of reach of the first step.
    RatchetGain1 = "D10.gain_low",
    /// D10: of the second step.
    RatchetGain2 = "D10.gain_medium",
    /// D10: of the third step.
    RatchetGain3 = "D10.gain_high",
    /// D10: part of a threshold below which a step is armed again.
    RatchetRearm = "D10.rearm_part",
    /// C05: share of the budget.
    ProbingShare = "C05.budget_share",
    /// C05: days of fleet behaviour that stand behind a workload's own mean.
    ProbingPriorDays = "C05.prior_days",
    /// C05: factor on the mean, against a null that is too light.
    ProbingMeanFactor = "C05.mean_factor",
    /// C05: least dispersion 1/r of the negative binomial.
    ProbingDispersionFloor = "C05.dispersion_floor",
    /// C05: fewest distinct refusals in a day that can be probing.
    ProbingFloorAtoms = "C05.floor_atoms_per_day",
    /// H01: age of a static credential, in days.
    StaticSecretAgeDays = "H01.age_limit_days",
    /// H02: seconds after its end for which a session or credential may still be used.
    OutlivedMarginSecs = "H02.margin_secs",
    /// H03: days without any event after which a workload is dormant.
    DormantDays = "H03.idle_days",
    /// H03: part of those days that an earlier pause must have had, to make a new one usual.
    DormantUsualShare = "H03.usual_share",
    /// H04: seconds after a revocation for which a use may still be on its way.
    RevocationSkewSecs = "H04.skew_secs",
    /// H05: days within which two workloads share.
    SharedCredentialDays = "H05.window_days",
    /// H05: workloads that make it shared.
    SharedCredentialWorkloads = "H05.workloads",
    /// H08: days of temporary credentials alone before a static one is a step back.
    FederatedDays = "H08.federated_days",
    /// H09: days since its first use that make a model provider the established one.
    ProviderEstablishedDays = "H09.established_days",
    /// H09: days without the old provider after which the credentials are compared.
    ProviderWindowDays = "H09.window_days",
    /// L02: prefix length of a public IPv4 network.
    TokenReusePublicV4Bits = "L02.public_v4_prefix_bits",
    /// L02: prefix length of a public IPv6 network.
    TokenReusePublicV6Bits = "L02.public_v6_prefix_bits",
    /// L02: prefix length of a private IPv4 network.
    TokenReusePrivateV4Bits = "L02.private_v4_prefix_bits",
    /// L03: longest chain of parents that is walked.
    RoleChainDepth = "L03.depth_hops",
    /// L05: days after its last read that a static secret counts as obtainable.
    SecretHopDays = "L05.window_days",
    /// C01: days within which one actor's two changes belong together.
    DutiesWindowDays = "C01.window_days",
    /// C04: days of history a source needs before its silence means something.
    SilenceHistoryDays = "C04.history_days",
    /// C04: shortest gap, in hours.
    SilenceGapHours = "C04.gap_hours",
    /// C04: factor on the longest gap so far.
    SilenceGapFactor = "C04.gap_factor",
}

/// How one check is raised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheckRule {
    /// Whether it runs.
    pub enabled: bool,
    /// Its severity before any circumstance changes it.
    pub severity: Severity,
    /// Its confidence before any circumstance changes it.
    pub confidence: Confidence,
}

/// The checked rules: every check and every parameter has its value.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSet {
    /// Alerts per workload-month that the operator accepts from the statistical checks.
    pub budget: f64,
    /// Part of every finding's uid.
    pub tenant: String,
    checks: BTreeMap<Check, CheckRule>,
    values: Vec<f64>,
}

/// What a rule set lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleSetError {
    /// A parameter was given no value.
    #[error("the parameter `{0}` has no value")]
    Missing(&'static str),
    /// A parameter's value is not a finite number of zero or more.
    #[error("the parameter `{0}` must be a finite number, zero or more")]
    OutOfRange(&'static str),
}

impl RuleSet {
    /// A complete rule set. A check that is not in `checks` does not run.
    ///
    /// # Errors
    /// Names the first parameter without a usable value.
    pub fn new(
        budget: f64,
        checks: BTreeMap<Check, CheckRule>,
        value: impl Fn(Parameter) -> Option<f64>,
    ) -> Result<Self, RuleSetError> {
        let mut values = Vec::with_capacity(Parameter::ALL.len());
        for parameter in Parameter::ALL {
            let number = value(*parameter).ok_or(RuleSetError::Missing(parameter.name()))?;
            if !number.is_finite() || number < 0.0 {
                return Err(RuleSetError::OutOfRange(parameter.name()));
            }
            values.push(number);
        }
        Ok(Self { budget, tenant: "default".into(), checks, values })
    }

    /// The rule of a check that runs.
    pub fn check(&self, check: Check) -> Option<CheckRule> {
        self.checks.get(&check).copied().filter(|rule| rule.enabled)
    }

    /// The value of a parameter.
    pub fn value(&self, parameter: Parameter) -> f64 {
        self.values[parameter as usize]
    }

    /// The value of a parameter that counts something, cut to a whole number.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "values are checked: finite and not negative; the cast saturates"
    )]
    pub fn count(&self, parameter: Parameter) -> usize {
        self.value(parameter) as usize
    }

    /// The value of a parameter in seconds, in microseconds.
    #[expect(clippy::cast_possible_truncation, reason = "values are checked: finite; the cast saturates")]
    pub fn secs_micros(&self, parameter: Parameter) -> i64 {
        (self.value(parameter) * 1e6) as i64
    }

    /// The value of a parameter in days, in microseconds.
    #[expect(clippy::cast_possible_truncation, reason = "values are checked: finite; the cast saturates")]
    pub fn days_micros(&self, parameter: Parameter) -> i64 {
        (self.value(parameter) * 86_400e6) as i64
    }
}
