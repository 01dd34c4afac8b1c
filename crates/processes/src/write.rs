//! Writes what came of carrying a procedure on: one event for the procedure, one for each task and incident it opened or closed.

use std::time::Duration;

use bpmn::step::{Effect, may_need};
use kit::problem::Problem;
use kit::store::Tx;
use kit::time::Timestamp;

use crate::events::{Began, Moved, Opened, ProcessEvent, Stuck};
use crate::going::Going;
use crate::instance::{Incident, Instance, TaskState, task_id};
use crate::{Settings, jobs, store};

/// Writes `going`; returns the procedure as it stands now.
///
/// # Errors
/// `kit/stale` when something else has moved it meanwhile: then it is to be decided anew.
pub(crate) fn write(tx: &mut Tx<'_>, going: &Going, settings: &Settings, jitter: u64) -> Result<Instance, Problem> {
    let mut instance = going.instance.clone();
    let present = store::version(tx, instance.id)?.unwrap_or(0);
    if present != instance.version {
        return Err(Problem::stale(instance.version, present));
    }
    if !going.steps.is_empty() {
        let ended = instance.marking.has_ended();
        let began = (present == 0).then(|| Began {
            process: instance.process.clone(),
            number: instance.number,
            key: instance.key.clone(),
            site: instance.site,
        });
        let moved = Moved {
            began,
            steps: going.steps.clone(),
            decisions: going.decisions.clone(),
            marking: instance.marking.clone(),
            variables: going.knows_more.then(|| instance.variables.clone()),
            ended,
        };
        instance.version = tx.record(instance.id, present, ProcessEvent::InstanceMoved(Box::new(moved)))?;
        instance.ended_at = ended.then_some(tx.now());
    }
    for effect in &going.effects {
        carry_out(tx, &instance, effect)?;
    }
    let next = troubles(tx, going, &instance, settings, jitter)?;
    for number in &going.taken {
        store::forget_message(tx, instance.id, *number)?;
    }
    if instance.ended_at.is_some() {
        store::forget_inbox(tx, instance.id)?;
        store::forget_attempts(tx, instance.id)?;
        tx.unschedule(jobs::GO_ON, &instance.id.to_string())?;
        return Ok(instance);
    }
    for kept in going.kept.iter().filter(|kept| !going.taken.contains(&kept.number)) {
        if !may_need(&going.model, &instance.marking, &kept.name) {
            store::forget_message(tx, instance.id, kept.number)?;
        }
    }
    // What was heard while the calls were being made is looked at in another round.
    let seen = going.kept.iter().map(|kept| kept.number).chain(going.taken.iter().copied()).max().unwrap_or(0);
    let more = store::heard_after(tx, instance.id, seen)?;
    match if more { Some(tx.now()) } else { next } {
        Some(at) => tx.schedule(jobs::GO_ON, &instance.id.to_string(), at, "")?,
        None => tx.unschedule(jobs::GO_ON, &instance.id.to_string())?,
    }
    Ok(instance)
}

fn carry_out(tx: &mut Tx<'_>, instance: &Instance, effect: &Effect) -> Result<(), Problem> {
    match effect {
        Effect::OpenTask { token, element, name, group, due_s, .. } => {
            let opened = Opened {
                instance: instance.id,
                token: *token,
                process: instance.process.clone(),
                element: element.clone(),
                name: name.clone(),
                group: group.clone(),
                key: instance.key.clone(),
                site: instance.site,
                due: due_s.map(|seconds| tx.now() + Duration::from_secs(seconds)),
            };
            tx.record(task_id(instance.id, *token), 0, ProcessEvent::TaskOpened(Box::new(opened)))?;
        }
        Effect::CloseTask { token, outcome } => {
            let task = store::task(tx, task_id(instance.id, *token))?;
            if let Some(task) = task.filter(|task| task.state == TaskState::Open) {
                let event = ProcessEvent::TaskClosed { key: task.key, outcome: outcome.clone() };
                tx.record(task.id, task.version, event)?;
            }
        }
        Effect::EscalateTask { token, group } => {
            let task = store::task(tx, task_id(instance.id, *token))?;
            if let Some(task) = task.filter(|task| task.state == TaskState::Open && task.escalated_to.is_none()) {
                let event = ProcessEvent::TaskEscalated { key: task.key, to: group.clone() };
                tx.record(task.id, task.version, event)?;
            }
        }
        Effect::SetTimer { owner, element, after_s } => {
            let at = tx.now() + Duration::from_secs(*after_s);
            tx.schedule(jobs::TIMER, &jobs::timer_of(instance.id, *owner, element), at, "")?;
        }
        Effect::DropTimer { owner, element } => {
            tx.unschedule(jobs::TIMER, &jobs::timer_of(instance.id, *owner, element))?;
        }
        Effect::ThrowMessage { name, .. } => {
            crate::reactions::tell_others(tx, instance, name)?;
        }
        // Made between the steps.
        Effect::CallService { .. } | Effect::AskDecision { .. } => {}
    }
    Ok(())
}

/// Notes failed calls and closes what no longer troubles; returns when the next attempt is.
fn troubles(
    tx: &mut Tx<'_>,
    going: &Going,
    instance: &Instance,
    settings: &Settings,
    jitter: u64,
) -> Result<Option<Timestamp>, Problem> {
    let mut next = None;
    let known = if going.instance.version == 0 { Vec::new() } else { store::open_incidents(tx, instance.id)? };
    for incident in &known {
        let how = match going.resolving {
            Some((id, how)) if id == incident.id => how,
            _ if instance.marking.token(incident.token).is_none() => "overtaken",
            _ => continue,
        };
        tx.record(incident.id, incident.version, ProcessEvent::IncidentResolved { how: how.to_owned() })?;
    }
    for (token, attempts, next_at) in store::attempts(tx, instance.id)? {
        let failed = going.failures.iter().any(|failure| failure.token == token);
        if instance.marking.token(token).is_none() {
            store::forget_attempt(tx, instance.id, token)?;
        } else if !failed {
            debug_assert!(attempts > 0, "an attempt is counted from one");
            next = earlier(next, next_at);
        }
    }
    // A message may have taken it on past the call that failed.
    for failure in going.failures.iter().filter(|failure| instance.marking.token(failure.token).is_some()) {
        let attempts = store::attempt(tx, instance.id, failure.token)?.unwrap_or(0) + 1;
        if failure.is_final || attempts >= settings.attempts {
            store::forget_attempt(tx, instance.id, failure.token)?;
            let stuck = Stuck {
                instance: instance.id,
                token: failure.token,
                process: instance.process.clone(),
                key: instance.key.clone(),
                site: instance.site,
                element: failure.element.clone(),
                code: failure.code.clone(),
                message: failure.message.clone(),
            };
            let id = tx.new_id::<Incident>();
            tx.record(id, 0, ProcessEvent::IncidentOpened(Box::new(stuck)))?;
            continue;
        }
        let at = tx.now() + pause(settings.first_pause, attempts, jitter);
        store::put_attempt(tx, instance.id, failure.token, attempts, at, &failure.message)?;
        next = earlier(next, at);
    }
    Ok(next)
}

fn earlier(one: Option<Timestamp>, other: Timestamp) -> Option<Timestamp> {
    Some(one.map_or(other, |one| one.min(other)))
}

/// The pause after so many attempts: three times the one before, up to a quarter more or less, so that those that failed together
/// do not all come back together.
fn pause(first: Duration, attempts: i64, jitter: u64) -> Duration {
    let grown = first * 3_u32.saturating_pow(u32::try_from(attempts - 1).unwrap_or(0).min(8));
    let share = 75 + u32::try_from(jitter % 51).unwrap_or(0);
    grown * share / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_vary() {
        let first = Duration::from_secs(4);
        assert_eq!(pause(first, 1, 25), Duration::from_secs(4));
        assert_eq!(pause(first, 3, 25), Duration::from_secs(36));
        assert_eq!(pause(first, 1, 0), Duration::from_secs(3));
        assert_eq!(pause(first, 1, 50), Duration::from_secs(5));
    }
}
