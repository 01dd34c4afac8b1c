//! What differs from retailer to retailer.

/// How customers are kept; a part of the service's [`kit::http::App`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// The digits of the country that telephone numbers without a country code belong to.
    pub country_code: String,
    /// The language of customers who have not said theirs.
    pub language: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { country_code: "380".to_owned(), language: "uk".to_owned() }
    }
}

impl Settings {
    /// The settings of `app`, or the default ones.
    pub(crate) fn of(app: &kit::http::App) -> Settings {
        app.part::<Settings>().map(|settings| (*settings).clone()).unwrap_or_default()
    }
}
