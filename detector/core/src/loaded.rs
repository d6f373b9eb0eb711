//! A batch made ready for the row loop: closed vocabularies as enums, open dictionaries as symbols, each worked out
//! once per distinct value and not once per row.

use std::cmp::Ordering;

use ambit_schemas::event::ColumnKind;
use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, PrincipalKind, Source, Vocabulary};
use ambit_schemas::{Column, EventBatch, EventTime, Position, RuleSet};
use arrow::array::{Array, Int32Array, StringArray};

use crate::network;
use crate::symbol::{Symbol, Symbols};

/// A symbol that has not been asked for yet.
const UNKNOWN: u32 = u32::MAX;
/// An address that is no place.
const NOWHERE: u32 = u32::MAX - 1;

/// The columns whose texts are bounded in number and may become symbols.
const BOUNDED: &[Column] = &[
    Column::Workload,
    Column::Action,
    Column::ResourceGroup,
    Column::TargetWorkload,
    Column::Account,
    Column::Environment,
    Column::ViaService,
    Column::Tool,
    Column::ToolServer,
    Column::ModelProvider,
    Column::Model,
    Column::Client,
];

#[derive(Debug)]
struct Dict {
    keys: Int32Array,
    values: StringArray,
    symbols: Vec<u32>,
}

#[derive(Debug)]
struct Words {
    sources: Vec<Source>,
    classes: Vec<ActionClass>,
    outcomes: Vec<Outcome>,
    principal_kinds: Vec<PrincipalKind>,
    credential_kinds: Vec<CredentialKind>,
    issued_kinds: Vec<CredentialKind>,
}

/// A batch in memory, and what is known of its dictionaries.
#[derive(Debug)]
pub(crate) struct Loaded {
    batch: EventBatch,
    event_ids: StringArray,
    /// By [`Column::index`]; `None` for columns that are no dictionaries, and for those in which no row has a value:
    /// half of the columns of most logs, which so cost no look at their keys.
    dicts: Vec<Option<Dict>>,
    words: Words,
    /// By dictionary key of the source address: the symbol of its network.
    networks: Vec<u32>,
    /// Rows that still wait; the batch is dropped at none.
    pub(crate) waiting: usize,
    bytes: usize,
}

fn words<V: Vocabulary>(batch: &EventBatch, column: Column) -> Vec<V> {
    // The words were checked when the batch was made, so there is nothing to lose here.
    batch.words(column).unwrap_or_default()
}

impl Loaded {
    pub(crate) fn new(batch: EventBatch) -> Self {
        let dicts = Column::ALL
            .iter()
            .map(|column| {
                let is_dict = column.kind() == ColumnKind::Dict;
                let dict = is_dict.then(|| batch.dict(*column)).filter(|dict| !dict.values.is_empty());
                dict.map(|dict| {
                    let known = if BOUNDED.contains(column) { dict.values.len() } else { 0 };
                    let symbols = vec![UNKNOWN; known];
                    Dict { keys: dict.keys.clone(), values: dict.values.clone(), symbols }
                })
            })
            .collect();
        let words = Words {
            sources: words(&batch, Column::Source),
            classes: words(&batch, Column::ActionClass),
            outcomes: words(&batch, Column::Outcome),
            principal_kinds: words(&batch, Column::PrincipalKind),
            credential_kinds: words(&batch, Column::CredentialKind),
            issued_kinds: words(&batch, Column::IssuedKind),
        };
        let networks = vec![UNKNOWN; batch.dict(Column::SourceAddress).values.len()];
        let (event_ids, waiting) = (batch.event_ids().clone(), batch.len());
        let bytes = batch.memory_bytes();
        Self { batch, event_ids, dicts, words, networks, waiting, bytes }
    }

    pub(crate) const fn batch(&self) -> &EventBatch {
        &self.batch
    }

    /// Bytes the batch holds.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    fn dict(&self, column: Column) -> Option<&Dict> {
        self.dicts[column.index()].as_ref()
    }

    fn key(&self, column: Column, row: usize) -> Option<usize> {
        let dict = self.dict(column)?;
        if dict.keys.is_null(row) { None } else { usize::try_from(dict.keys.value(row)).ok() }
    }

    fn word<V: Copy>(&self, column: Column, values: &[V], row: usize) -> Option<V> {
        self.key(column, row).and_then(|key| values.get(key).copied())
    }

    fn text(&self, column: Column, row: usize) -> Option<&str> {
        let key = self.key(column, row)?;
        self.dict(column).map(|dict| dict.values.value(key))
    }

    /// Compares the texts of two rows in a dictionary column. Most rows that are compared are copies of one record, and
    /// near each other: in one batch equal keys are equal texts.
    pub(crate) fn compare_text(
        &self,
        column: Column,
        row: usize,
        (other, other_row): (&Self, usize),
    ) -> Ordering {
        if std::ptr::eq(self, other) && self.key(column, row) == other.key(column, other_row) {
            return Ordering::Equal;
        }
        self.text(column, row).cmp(&other.text(column, other_row))
    }

    /// The id of a row.
    pub(crate) fn event_id(&self, row: usize) -> &str {
        self.event_ids.value(row)
    }

    /// The moment of a row.
    pub(crate) fn time(&self, row: usize) -> EventTime {
        EventTime(self.batch.times()[row])
    }

    /// The source of a row; needed before the row is taken up.
    pub(crate) fn source(&self, row: usize) -> Source {
        self.word(Column::Source, &self.words.sources, row).unwrap_or(Source::Ocsf)
    }

    /// The outcome of a row; needed before the row is taken up.
    pub(crate) fn outcome(&self, row: usize) -> Outcome {
        self.word(Column::Outcome, &self.words.outcomes, row).unwrap_or(Outcome::Unknown)
    }

    /// The symbol of a row's text in a bounded column; made when it is first asked for.
    fn symbol(&mut self, column: Column, row: usize, symbols: &mut Symbols) -> Option<Symbol> {
        let key = self.key(column, row)?;
        let dict = self.dicts[column.index()].as_mut()?;
        if dict.symbols[key] == UNKNOWN {
            dict.symbols[key] = symbols.intern(dict.values.value(key)).0;
        }
        Some(Symbol(dict.symbols[key]))
    }

    /// The symbol of the network of a row's source address; worked out once per distinct address.
    fn network(&mut self, row: usize, symbols: &mut Symbols, rules: &RuleSet) -> Option<Symbol> {
        let key = self.key(Column::SourceAddress, row)?;
        if self.networks[key] == UNKNOWN {
            let address = self.dict(Column::SourceAddress)?.values.value(key);
            let network = network::of(address, rules);
            self.networks[key] = network.map_or(NOWHERE, |network| symbols.intern(&network.to_string()).0);
        }
        (self.networks[key] != NOWHERE).then(|| Symbol(self.networks[key]))
    }

    /// Makes the symbols that a [`Row`] carries and gives the row.
    pub(crate) fn row(&mut self, index: usize, symbols: &mut Symbols, rules: &RuleSet) -> Row<'_> {
        let network = self.network(index, symbols, rules);
        let mut symbol = |column| self.symbol(column, index, symbols);
        let ids = RowSymbols {
            workload: symbol(Column::Workload),
            action: symbol(Column::Action),
            resource_group: symbol(Column::ResourceGroup),
            target_workload: symbol(Column::TargetWorkload),
            account: symbol(Column::Account),
            environment: symbol(Column::Environment),
            via_service: symbol(Column::ViaService),
            tool: symbol(Column::Tool),
            tool_server: symbol(Column::ToolServer),
            model_provider: symbol(Column::ModelProvider),
            model: symbol(Column::Model),
            client: symbol(Column::Client),
            network,
        };
        let loaded = &*self;
        let words = &loaded.words;
        Row {
            ids,
            time: EventTime(loaded.batch.times()[index]),
            source: loaded.source(index),
            class: loaded.word(Column::ActionClass, &words.classes, index).unwrap_or(ActionClass::Read),
            outcome: loaded.outcome(index),
            principal_kind: loaded.word(Column::PrincipalKind, &words.principal_kinds, index),
            credential_kind: loaded.word(Column::CredentialKind, &words.credential_kinds, index),
            issued_kind: loaded.word(Column::IssuedKind, &words.issued_kinds, index),
            sensitivity: loaded.batch.sensitivity().value(index).min(3),
            loaded,
            index,
        }
    }
}

/// The symbols of a row's bounded columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowSymbols {
    pub(crate) workload: Option<Symbol>,
    pub(crate) action: Option<Symbol>,
    pub(crate) resource_group: Option<Symbol>,
    pub(crate) target_workload: Option<Symbol>,
    pub(crate) account: Option<Symbol>,
    pub(crate) environment: Option<Symbol>,
    pub(crate) via_service: Option<Symbol>,
    pub(crate) tool: Option<Symbol>,
    pub(crate) tool_server: Option<Symbol>,
    pub(crate) model_provider: Option<Symbol>,
    pub(crate) model: Option<Symbol>,
    pub(crate) client: Option<Symbol>,
    /// The network of the source address; `None` for what is no place.
    pub(crate) network: Option<Symbol>,
}

/// One event in the row loop: numbers at hand, unbounded texts (resource, credential, address, session) on demand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) ids: RowSymbols,
    pub(crate) time: EventTime,
    pub(crate) source: Source,
    pub(crate) class: ActionClass,
    pub(crate) outcome: Outcome,
    pub(crate) principal_kind: Option<PrincipalKind>,
    pub(crate) credential_kind: Option<CredentialKind>,
    pub(crate) issued_kind: Option<CredentialKind>,
    pub(crate) sensitivity: u8,
    loaded: &'a Loaded,
    index: usize,
}

impl<'a> Row<'a> {
    /// The text of a dictionary column.
    pub(crate) fn text(&self, column: Column) -> Option<&'a str> {
        self.loaded.text(column, self.index)
    }

    /// The time in a time column.
    pub(crate) fn moment(&self, column: Column) -> Option<EventTime> {
        self.loaded.batch.time(column, self.index)
    }

    /// Whether a person sat at it.
    pub(crate) fn is_interactive(&self) -> bool {
        self.loaded.batch.interactive().value(self.index)
    }

    /// The event's id.
    pub(crate) fn event_id(&self) -> &'a str {
        self.loaded.event_id(self.index)
    }

    /// Who it is done for, the nearest of the delegation chain.
    pub(crate) fn caller(&self) -> Option<&'a str> {
        let list = self.loaded.batch.on_behalf_of();
        if list.is_null(self.index) {
            return None;
        }
        let (first, end) = (list.value_offsets()[self.index], list.value_offsets()[self.index + 1]);
        let names: &'a StringArray = list.values().as_any().downcast_ref()?;
        let first = usize::try_from(first).ok().filter(|_| first < end)?;
        (!names.is_null(first)).then(|| names.value(first))
    }

    /// Where the record stands.
    pub(crate) fn position(&self) -> Position {
        self.loaded.batch.position(self.index)
    }

    /// Whether it was done.
    pub(crate) const fn succeeded(&self) -> bool {
        matches!(self.outcome, Outcome::Success)
    }
}
