//! What goes over the wire when something is refused or breaks: RFC 9457 problems. A problem's type is a page in
//! `docs/problems` that says what happened and what to do. Faults stay inside until the edge logs them, once.

use std::{
    borrow::Cow,
    error::Error,
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{AdditionalProperties, ObjectBuilder, Schema, Type},
    },
};

/// Where the pages of the problems are.
const PAGES: &str = "/problems/";
/// The members every problem has; extras cannot be called so.
const MEMBERS: [&str; 4] = ["type", "title", "status", "detail"];
/// The extra that becomes the `Retry-After` header.
const RETRY_AFTER: &str = "retry_after_s";

/// A refusal or a breakdown as other programs and people see it. One pointer wide, so that `Result<T, Problem>` stays small.
pub struct Problem(Box<Parts>);

/// The parts of a problem; a `Problem` dereferences to them.
#[derive(Debug)]
pub struct Parts {
    /// The HTTP status.
    pub status: u16,
    /// The page without its extension, by service: `orders/not-cancellable`.
    pub code: Cow<'static, str>,
    /// What happened, the same for every problem of this code.
    pub title: Cow<'static, str>,
    /// What happened this time.
    pub detail: Option<String>,
    /// What a program needs beyond that, as further members of the JSON object.
    pub extra: Map<String, Value>,
    /// What broke inside. It is never sent; the service's door logs it with the request id.
    pub fault: Option<Fault>,
}

/// A named reason not to do what was asked. One enum per operation; it becomes a problem with `?`.
pub trait Refusal: Error {
    /// How the world outside sees it.
    fn problem(&self) -> Problem;
}

/// Something broke that no user can mend: the database, the disk, a bug.
#[derive(Debug)]
pub struct Fault {
    context: Cow<'static, str>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    /// A problem with its page's code and title.
    pub fn new(status: u16, code: impl Into<Cow<'static, str>>, title: impl Into<Cow<'static, str>>) -> Problem {
        Problem(Box::new(Parts {
            status,
            code: code.into(),
            title: title.into(),
            detail: None,
            extra: Map::new(),
            fault: None,
        }))
    }

    /// Says what happened this time.
    pub fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a member for programs.
    ///
    /// # Panics
    /// When the key is one of the members every problem has.
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Problem {
        assert!(!MEMBERS.contains(&key), "{key} is a member of every problem");
        self.extra.insert(key.to_owned(), value.into());
        self
    }

    /// What people who look after the system are told of it: the fault with its causes, or the refusal.
    #[must_use]
    pub(crate) fn told(&self) -> String {
        match (&self.fault, &self.detail) {
            (Some(fault), _) => format!("{fault:#}"),
            (None, Some(detail)) => format!("{}: {detail}", self.code),
            (None, None) => format!("{}: {}", self.code, self.title),
        }
    }

    /// 404: there is no such `what` (a noun) with this id.
    pub fn not_found(what: &str, id: impl fmt::Display) -> Problem {
        Problem::new(404, "kit/not-found", "Not found")
            .detail(format!("There is no {what} {id}."))
            .with("what", what)
            .with("id", id.to_string())
    }

    /// 412: the change was meant for version `expected`, but `actual` is there now.
    pub fn stale(expected: impl Into<Value>, actual: impl Into<Value>) -> Problem {
        Problem::new(412, "kit/stale", "Changed in the meantime")
            .detail("Somebody else has changed this since it was read.")
            .with("expected", expected)
            .with("actual", actual)
    }

    /// 403: the actor lacks this permission, at all or for this site.
    pub fn forbidden(permission: impl fmt::Display) -> Problem {
        Problem::new(403, "kit/forbidden", "Not permitted")
            .detail(format!("This needs the permission {permission}."))
            .with("permission", permission.to_string())
    }

    /// 401: nobody is signed in, or the sign-in has expired.
    pub fn unauthenticated() -> Problem {
        Problem::new(401, "kit/unauthenticated", "Not signed in")
    }

    /// 409: a rule of the service speaks against it in the present state.
    pub fn conflict(code: impl Into<Cow<'static, str>>, title: impl Into<Cow<'static, str>>) -> Problem {
        Problem::new(409, code, title)
    }

    /// 422: the request says something that cannot be.
    pub fn invalid(detail: impl Into<String>) -> Problem {
        Problem::new(422, "kit/invalid", "Not valid").detail(detail)
    }

    /// 422: as [`Problem::invalid`], where a person at a screen can mend it: `field` names what, in a word for which the web client
    /// has a text in each language.
    pub fn unfit(field: &'static str, detail: impl Into<String>) -> Problem {
        Problem::invalid(detail).with("field", field)
    }

    /// 400: the body could not be read at all.
    pub fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(400, "kit/malformed", "Not readable").detail(detail)
    }

    /// 503: there is too much to do; try again after so many seconds.
    pub fn busy(retry_after_s: u32) -> Problem {
        Problem::new(503, "kit/busy", "Too busy").with(RETRY_AFTER, retry_after_s)
    }

    /// 500: something broke inside; the log tells more under this request id.
    pub fn fault(request_id: impl fmt::Display) -> Problem {
        Problem::broken().with("request_id", request_id.to_string())
    }

    fn broken() -> Problem {
        Problem::new(500, "kit/fault", "Something broke")
    }
}

impl Deref for Problem {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.0
    }
}

impl<R: Refusal> From<R> for Problem {
    fn from(refusal: R) -> Problem {
        refusal.problem()
    }
}

impl From<Fault> for Problem {
    /// Keeps the fault inside; the edge takes it out, logs it, and adds the `request_id`.
    fn from(fault: Fault) -> Problem {
        let mut problem = Problem::broken();
        problem.fault = Some(fault);
        problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.title)?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.fault.as_ref().map(|fault| fault as _)
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &format_args!("{PAGES}{}", self.code))?;
        map.serialize_entry("title", &self.title)?;
        map.serialize_entry("status", &self.status)?;
        if let Some(detail) = &self.detail {
            map.serialize_entry("detail", detail)?;
        }
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Problem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Problem, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            r#type: String,
            title: String,
            status: u16,
            detail: Option<String>,
            #[serde(flatten)]
            extra: Map<String, Value>,
        }

        let wire = Wire::deserialize(deserializer)?;
        let code = wire
            .r#type
            .strip_prefix(PAGES)
            .ok_or_else(|| de::Error::custom(format_args!("a problem's type begins with {PAGES}")))?;
        let mut problem = Problem::new(wire.status, code.to_owned(), wire.title);
        problem.detail = wire.detail;
        problem.extra = wire.extra;
        Ok(problem)
    }
}

impl IntoResponse for Problem {
    /// The JSON object. A fault goes along as an extension of the response, for [`crate::call::run`] to log.
    fn into_response(mut self) -> Response {
        let fault = self.fault.take();
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).expect("a problem is strings and JSON values");
        let json = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, json)], body).into_response();
        if let Some(seconds) = self.extra.get(RETRY_AFTER).and_then(Value::as_u64) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(fault) = fault {
            response.extensions_mut().insert(Arc::new(fault));
        }
        response
    }
}

impl ToSchema for Problem {}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        let string = |description: &str, example: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(description))
                .examples([Value::from(example)])
        };
        let status = ObjectBuilder::new().schema_type(Type::Integer).description(Some("The HTTP status."));
        ObjectBuilder::new()
            .description(Some("A refusal or a breakdown (RFC 9457); some problems have further members."))
            .property("type", string("The page that explains it.", "/problems/kit/not-found"))
            .required("type")
            .property("title", string("What happened.", "Not found"))
            .required("title")
            .property("status", status)
            .required("status")
            .property("detail", string("What happened this time.", "There is no order 17."))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

impl Fault {
    /// What was being done when `source` happened.
    pub fn new(context: impl Into<Cow<'static, str>>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Fault {
        Fault { context: context.into(), source: Some(source.into()) }
    }

    /// A fault that nothing beneath has caused, such as a broken invariant.
    pub fn msg(context: impl Into<Cow<'static, str>>) -> Fault {
        Fault { context: context.into(), source: None }
    }
}

impl fmt::Display for Fault {
    /// What was being done; with `{:#}` also every cause beneath.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.context)?;
        let mut cause = if f.alternate() { self.source() } else { None };
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::json;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the order is {status}")]
    struct TooLate {
        status: &'static str,
    }

    impl Refusal for TooLate {
        fn problem(&self) -> Problem {
            Problem::conflict("orders/not-cancellable", "Too late to cancel")
                .detail(self.to_string())
                .with("order_status", self.status)
        }
    }

    fn cancel() -> Result<(), Problem> {
        Err(TooLate { status: "shipped" })?
    }

    fn read() -> Result<(), Problem> {
        let disk = std::io::Error::other("disk on fire");
        Err(Fault::new("read the order", Fault::new("open the store", disk)))?
    }

    #[test]
    fn a_refusal_becomes_a_problem_with_a_page() {
        let problem = cancel().unwrap_err();
        assert_eq!(problem.to_string(), "409 orders/not-cancellable: Too late to cancel: the order is shipped");
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            json!({
                "type": "/problems/orders/not-cancellable",
                "title": "Too late to cancel",
                "status": 409,
                "detail": "the order is shipped",
                "order_status": "shipped",
            })
        );
    }

    #[test]
    fn a_problem_comes_back_from_a_remote_call() {
        for problem in every_standard_problem() {
            let text = serde_json::to_string(&problem).unwrap();
            let back: Problem = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&back).unwrap(), text);
            assert_eq!(back.code, problem.code);
        }
        for wrong in ["{}", r#"{"type":"about:blank","title":"Oops","status":500}"#] {
            assert!(serde_json::from_str::<Problem>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fault_stays_inside() {
        let mut problem = read().unwrap_err();
        let sent = serde_json::to_string(&problem).unwrap();
        assert_eq!(sent, r#"{"type":"/problems/kit/fault","title":"Something broke","status":500}"#);
        let fault = problem.fault.take().unwrap();
        assert_eq!(format!("{fault}"), "read the order");
        assert_eq!(format!("{fault:#}"), "read the order: open the store: disk on fire");
        assert_eq!(Fault::msg("stock below zero").to_string(), "stock below zero");
    }

    #[tokio::test]
    async fn the_response_is_problem_json_and_says_when_to_come_back() {
        let response = Problem::busy(3).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[header::RETRY_AFTER], "3");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(serde_json::from_slice::<Problem>(&body).unwrap().code, "kit/busy");
        assert!(!Problem::unauthenticated().into_response().headers().contains_key(header::RETRY_AFTER));
    }

    #[test]
    fn every_standard_problem_has_its_page() {
        let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/problems");
        for problem in every_standard_problem() {
            let page = std::fs::read_to_string(format!("{pages}/{}.md", problem.code)).unwrap();
            assert!(page.starts_with(&format!("# {}\n", problem.title)), "{}", problem.code);
        }
    }

    #[test]
    fn a_result_stays_small() {
        assert_eq!(size_of::<Result<(), Problem>>(), size_of::<usize>());
    }

    #[test]
    #[should_panic(expected = "status is a member of every problem")]
    fn an_extra_cannot_hide_a_member() {
        let _ = Problem::unauthenticated().with("status", 200);
    }

    fn every_standard_problem() -> [Problem; 8] {
        [
            Problem::not_found("order", "ord_1"),
            Problem::stale(3, 4),
            Problem::forbidden("order.cancel"),
            Problem::unauthenticated(),
            Problem::invalid("The quantity is missing."),
            Problem::unfit("quantity", "The quantity is missing."),
            Problem::busy(1),
            Problem::fault("req-1"),
        ]
    }
}
