//! A condition on `time` is one on `day` too: where only moments are limited, whole folders are left out all the same, and
//! not even the ends of their files are read.

use ambit_schemas::EventTime;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::expr::Cast;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator, lit};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::DAY;
use crate::archive::date;

/// The column of moments.
const TIME: &str = "time";
/// How long a date is that sorts as text does.
const DATE_BYTES: usize = 10;

/// Adds the days to the conditions with which the archive is read.
#[derive(Debug)]
pub(super) struct Days;

impl OptimizerRule for Days {
    fn name(&self) -> &'static str {
        "days_of_times"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::TableScan(mut scan) = plan else { return Ok(Transformed::no(plan)) };
        if scan.source.schema().field_with_name(DAY).is_err() {
            return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
        }
        let days = scan.filters.iter().filter_map(of_day).filter(|day| !scan.filters.contains(day));
        let days = days.collect::<Vec<_>>();
        let is_new = !days.is_empty();
        scan.filters.extend(days);
        let plan = LogicalPlan::TableScan(scan);
        Ok(if is_new { Transformed::yes(plan) } else { Transformed::no(plan) })
    }
}

/// What a condition on a moment says of its day.
fn of_day(condition: &Expr) -> Option<Expr> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else { return None };
    let (time, op, moment) = match (moment(left), moment(right)) {
        (None, Some(moment)) => (time(left)?, *op, moment),
        (Some(moment), None) => (time(right)?, op.swap()?, moment),
        _ => return None,
    };
    let op = match op {
        Operator::Gt | Operator::GtEq => Operator::GtEq,
        Operator::Lt | Operator::LtEq => Operator::LtEq,
        Operator::Eq => Operator::Eq,
        _ => return None,
    };
    let date = date(moment.day());
    let day = Expr::Column(Column::new(time.relation.clone(), DAY));
    let condition = BinaryExpr::new(Box::new(day), op, Box::new(lit(date.as_str())));
    (date.len() == DATE_BYTES).then_some(Expr::BinaryExpr(condition))
}

/// The column of moments, as it is or in another unit.
fn time(expression: &Expr) -> Option<&Column> {
    match expression {
        Expr::Column(column) if column.name == TIME => Some(column),
        Expr::Cast(Cast { expr, .. }) => time(expr),
        _ => None,
    }
}

fn moment(expression: &Expr) -> Option<EventTime> {
    let Expr::Literal(value, _) = expression else { return None };
    let micros = match value {
        ScalarValue::TimestampSecond(Some(secs), _) => secs.checked_mul(1_000_000)?,
        ScalarValue::TimestampMillisecond(Some(millis), _) => millis.checked_mul(1_000)?,
        ScalarValue::TimestampMicrosecond(Some(micros), _) => *micros,
        ScalarValue::TimestampNanosecond(Some(nanos), _) => nanos.div_euclid(1_000),
        _ => return None,
    };
    Some(EventTime(micros))
}
