//! What happens when: jobs in the order of time.

use ambit_schemas::EventTime;

use super::world::World;

/// Something that happens at a moment.
pub(super) type Job = fn(&mut World, EventTime);

/// Jobs, not yet in order.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    jobs: Vec<(EventTime, Job)>,
}

impl Schedule {
    /// Plans a job.
    pub(super) fn at(&mut self, time: EventTime, job: Job) {
        self.jobs.push((time, job));
    }

    /// Runs all jobs by time; those of one moment in the order in which they were planned.
    pub(super) fn run(mut self, world: &mut World) {
        self.jobs.sort_by_key(|(time, _)| *time);
        for (time, job) in self.jobs {
            job(world, time);
        }
    }
}
