//! The face of an HTTP client that has no network behind it: every request is refused.

/// Blocking requests.
pub mod blocking {
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    /// Why nothing was sent.
    #[derive(Debug, Clone, Copy)]
    pub struct NoNetwork;

    impl std::fmt::Display for NoNetwork {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("functions outside the decision are not called")
        }
    }

    /// A client that sends nothing.
    #[derive(Debug, Clone, Copy, Default)]
    pub struct Client;

    /// A request that is not sent.
    #[derive(Debug, Clone, Copy)]
    pub struct RequestBuilder;

    /// An answer that never comes.
    #[derive(Debug, Clone, Copy)]
    pub struct Response;

    impl Client {
        /// A client.
        #[must_use]
        pub fn new() -> Client {
            Client
        }

        /// A request.
        #[must_use]
        pub fn post(&self, _: &str) -> RequestBuilder {
            RequestBuilder
        }
    }

    impl RequestBuilder {
        /// The request as it is.
        #[must_use]
        pub fn json<T: Serialize + ?Sized>(self, _: &T) -> RequestBuilder {
            self
        }

        /// Refuses.
        ///
        /// # Errors
        /// Always.
        pub fn send(self) -> Result<Response, NoNetwork> {
            Err(NoNetwork)
        }
    }

    impl Response {
        /// Refuses.
        ///
        /// # Errors
        /// Always.
        pub fn json<T: DeserializeOwned>(self) -> Result<T, NoNetwork> {
            Err(NoNetwork)
        }
    }
}
