//! Outcomes as text, CSV, JSON, Markdown, SVG figures and HTML.
