//! The end of a run as one JSON object.

use serde_json::{Value, json};

use crate::http::limit::BYTES_PER_DAY;
use crate::sync::summary::{Scope, Summary};
use crate::ui::skew;

/// All but the exit code, and why it is that.
pub(crate) fn to_json(summary: &Summary) -> Value {
    let mut object = json!({
        "dry_run": summary.dry_run,
        "totals": summary.totals,
        "elapsed_seconds": summary.elapsed.as_secs_f64(),
        "api_calls": summary.api_calls,
        "byte_requests": summary.byte_requests,
        "manifest": summary.manifest.as_ref().map(|path| path.display().to_string()),
        "empty_listing": summary.is_empty(),
        "clock_ahead_seconds": skew::seconds(summary.clock_ahead),
        "ended_early": summary.ended_early.is_some(),
    });
    if summary.dry_run {
        object["files"] = json!(summary.planned);
    }
    match &summary.scope {
        Scope::Days { range, sparing, .. } => {
            let used = summary.used_today;
            object["command"] = "sync".into();
            object["since"] = range.first.to_string().into();
            object["until"] = range.last.to_string().into();
            object["quota_used_today"] = json!({ "api": used.api, "bytes": used.bytes, "api_limit": summary.api_limit, "day": used.day, "bytes_limit": BYTES_PER_DAY, "refused_at": summary.quota_refused });
            object["listed_by_month_to_spare_quota"] = (*sparing).into();
        }
        Scope::Picked { unfetched, .. } => {
            object["command"] = "pick".into();
            object["unfetched"] = json!(unfetched);
        }
    }
    object
}
