//! The view as one self-contained HTML file: no script, style or font is fetched.

use serde::Serialize;
use tera::{Context, Tera};

use super::error::unrendered;
use super::page::PageView;
use super::view::View;
use crate::text::advice::Advice;

const COMPONENTS: &str = include_str!("../../reports/templates/components.html");
const TEMPLATE: &str = include_str!("../../reports/templates/report.html");
const STYLE: &str = include_str!("../../reports/templates/report.css");
const SCRIPT: &str = include_str!("../../reports/templates/report.js");
const PAGE: &str = include_str!("../../reports/templates/page.html");
const PAGE_STYLE: &str = include_str!("../../reports/templates/page.css");

pub fn render(view: &View) -> Result<String, Advice> {
    fill("report.html", TEMPLATE, view, STYLE)
}

pub fn page(view: &PageView) -> Result<String, Advice> {
    fill("page.html", PAGE, view, PAGE_STYLE)
}

fn fill(name: &'static str, template: &str, view: &impl Serialize, style: &str) -> Result<String, Advice> {
    let mut tera = Tera::new();
    // Everything is escaped except our own files, which are included verbatim.
    tera.autoescape_on(["html"]);
    let mut render = || {
        tera.add_raw_templates([("components.html", COMPONENTS), (name, template)])?;
        let mut context = Context::from_serialize(view)?;
        context.insert("style", style);
        context.insert("script", SCRIPT);
        tera.render(name, &context)
    };
    render().map_err(|error: tera::Error| unrendered(name, &error))
}
