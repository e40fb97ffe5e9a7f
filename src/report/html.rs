//! The view as one HTML file that needs nothing else: no script, style or font is fetched. It must not know the
//! record.

use tera::{Context, Tera};

use super::ReportError;
use super::view::View;

const TEMPLATE: &str = include_str!("../../reports/templates/report.html");
const STYLE: &str = include_str!("../../reports/templates/report.css");
const SCRIPT: &str = include_str!("../../reports/templates/report.js");

/// The view as `report.html` holds it.
pub fn render(view: &View) -> Result<String, ReportError> {
    fill(view).map_err(|error| ReportError::Render { report: "report.html", cause: error.into() })
}

fn fill(view: &View) -> Result<String, tera::Error> {
    let mut tera = Tera::new();
    // Everything is escaped but the two files of ours that are put in whole.
    tera.autoescape_on(["html"]);
    tera.add_raw_template("report.html", TEMPLATE)?;
    let mut context = Context::from_serialize(view)?;
    context.insert("style", STYLE);
    context.insert("script", SCRIPT);
    tera.render("report.html", &context)
}
