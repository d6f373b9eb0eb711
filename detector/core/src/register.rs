//! The inventory, with its workloads by name: a state of many workloads looks each of them up when it is put back.

use std::ops::Deref;

use ambit_schemas::Inventory;
use ambit_schemas::inventory::Workload;

/// The inventory that the detector was given.
#[derive(Debug)]
pub(crate) struct Register {
    inventory: Inventory,
    /// The places of its workloads, by their names.
    by_name: Vec<u32>,
}

impl Register {
    pub(crate) fn of(inventory: Inventory) -> Self {
        let mut by_name = (0..).take(inventory.workloads.len()).collect::<Vec<u32>>();
        by_name
            .sort_by_key(|place| inventory.workloads.get(*place as usize).map(|entry| entry.name.as_str()));
        Self { inventory, by_name }
    }

    /// The place of a workload in the inventory.
    pub(crate) fn place(&self, name: &str) -> Option<u32> {
        let entry = |place: u32| self.inventory.workloads.get(place as usize);
        let before = |place: &u32| entry(*place).is_some_and(|entry| entry.name.as_str() < name);
        let place = *self.by_name.get(self.by_name.partition_point(before))?;
        entry(place).filter(|entry| entry.name == name).map(|_| place)
    }

    /// The registered workload of that name.
    pub(crate) fn by_name(&self, name: &str) -> Option<&Workload> {
        self.inventory.workloads.get(self.place(name)? as usize)
    }
}

impl Deref for Register {
    type Target = Inventory;

    fn deref(&self) -> &Inventory {
        &self.inventory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(name: &str) -> Workload {
        Workload {
            name: name.into(),
            owner: None,
            environment: None,
            component: None,
            model: None,
            identities: Vec::new(),
            boundary: None,
            retired_at: None,
        }
    }

    #[test]
    fn each_is_found_where_it_stands() {
        let names = ["rag", "a", "eval", "z"];
        let register =
            Register::of(Inventory { workloads: names.map(workload).to_vec(), ..Inventory::default() });
        for (place, name) in (0..).zip(names) {
            assert_eq!(register.place(name), Some(place));
            assert_eq!(register.by_name(name).unwrap().name, name);
        }
        for name in ["", "b", "zz"] {
            assert_eq!(register.place(name), None, "{name}");
        }
    }
}
