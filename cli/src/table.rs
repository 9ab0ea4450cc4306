//! Lays rows out in columns that fit the terminal, measured in the columns that characters take there.
//!
//! One column is the elastic one: it gives way when the rest needs room, down to [`MIN_ELASTIC_WIDTH`]. If that is not
//! enough, the least important columns go, and the row stays one line. Text that is cut ends in `…`.

use crate::styled::{Line, Span, Style};
use crate::text;

/// The elastic column keeps at least this many columns of the terminal while others can go.
const MIN_ELASTIC_WIDTH: usize = 16;
const GAP: usize = 2;

/// What a column is called and how it behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// The header above it.
    pub(crate) name: &'static str,
    /// Numbers stand at the right.
    pub(crate) right: bool,
    /// Gives way first: cut instead of dropped. One column of a table.
    pub(crate) elastic: bool,
    /// Which columns go first when the terminal is too narrow: the highest. 0 never goes.
    pub(crate) drop: u8,
    /// No more columns of the terminal than this.
    pub(crate) max_width: usize,
}

impl Column {
    /// A column that stays.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, right: false, elastic: false, drop: 0, max_width: usize::MAX }
    }

    /// A column for numbers.
    pub(crate) const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// The column that gives way.
    pub(crate) const fn elastic(mut self) -> Self {
        self.elastic = true;
        self
    }

    /// A column that goes when there is no room; the highest `order` goes first.
    pub(crate) const fn drop(mut self, order: u8) -> Self {
        self.drop = order;
        self
    }

    /// A column that is cut at `columns`.
    pub(crate) const fn max_width(mut self, columns: usize) -> Self {
        self.max_width = columns;
        self
    }
}

/// Rows below columns. Each row has as many cells as there are columns.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Span>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl Into<Vec<Span>>) {
        let cells = cells.into();
        debug_assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push(cells);
    }

    /// The lines for a terminal of this width: a header and one line for each row. Columns that are empty in every
    /// row are left out.
    pub(crate) fn lines(&self, terminal: usize) -> Vec<Line> {
        let mut shown: Vec<(usize, usize)> = (0..self.columns.len())
            .filter_map(|at| {
                let widest = self.rows.iter().map(|row| text::width(&row[at].text)).max().unwrap_or(0);
                let column = &self.columns[at];
                (widest > 0).then(|| (at, widest.max(text::width(column.name)).min(column.max_width)))
            })
            .collect();
        fit(&self.columns, &mut shown, terminal);

        let header: Vec<Span> = self.columns.iter().map(|column| Style::Dim.span(column.name)).collect();
        std::iter::once(&header).chain(&self.rows).map(|row| self.line(row, &shown)).collect()
    }

    fn line(&self, row: &[Span], shown: &[(usize, usize)]) -> Line {
        let mut line = Line::new();
        for (position, &(at, width)) in shown.iter().enumerate() {
            let cell = &row[at];
            let text = text::truncate(&cell.text, width);
            let padding = " ".repeat(width.saturating_sub(text::width(&text)));
            let last = position + 1 == shown.len();
            if self.columns[at].right {
                line.push(Style::Plain.span(padding));
                line.push(cell.style.span(text));
            } else {
                line.push(cell.style.span(text));
                if !last {
                    line.push(Style::Plain.span(padding));
                }
            }
            if !last {
                line.push(Style::Plain.span(" ".repeat(GAP)));
            }
        }
        line
    }
}

/// Brings the shown columns, each with its width, to `terminal` columns in all.
fn fit(columns: &[Column], shown: &mut Vec<(usize, usize)>, terminal: usize) {
    loop {
        let total = shown.iter().map(|(_, width)| width).sum::<usize>() + GAP * shown.len().saturating_sub(1);
        let over = total.saturating_sub(terminal);
        if over == 0 {
            return;
        }
        let elastic = shown.iter_mut().find(|(at, _)| columns[*at].elastic);
        let room = elastic.as_ref().map_or(0, |(_, width)| width.saturating_sub(MIN_ELASTIC_WIDTH));
        let goes = shown
            .iter()
            .enumerate()
            .filter(|(_, (at, _))| columns[*at].drop > 0)
            .max_by_key(|(_, (at, _))| columns[*at].drop);
        if room < over
            && let Some((position, _)) = goes
        {
            shown.remove(position);
            continue;
        }
        // Nothing is left to drop, or the elastic column has the room.
        if let Some((_, width)) = shown.iter_mut().find(|(at, _)| columns[*at].elastic) {
            *width = width.saturating_sub(over).max(1);
        }
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([
            Column::new("#").right(),
            Column::new("TITLE").elastic(),
            Column::new("DUE"),
            Column::new("PROJECT").drop(1).max_width(12),
            Column::new("TAGS").drop(2),
        ]);
        let row = |cells: [&str; 5]| cells.map(|cell| Style::Plain.span(cell));
        table.row(row(["1", "Buy milk", "today", "Inbox", ""]));
        table.row(row([
            "12",
            "買い物に行くついでに郵便局へ寄る",
            "Fri 17 Jul",
            "Groceries and more",
            "@errand",
        ]));
        table.row(row([
            "3",
            "A title that is rather long for any terminal of an ordinary width",
            "",
            "",
            "",
        ]));
        table
    }

    fn plain(lines: &[Line]) -> Vec<String> {
        let text = |line: &Line| line.0.iter().map(|span| span.text.as_str()).collect::<String>();
        lines.iter().map(|line| text(line).trim_end().to_owned()).collect()
    }

    #[test]
    fn a_wide_terminal_shows_every_column() {
        insta::assert_snapshot!(plain(&table().lines(200)).join("\n"), @"
         #  TITLE                                                              DUE         PROJECT       TAGS
         1  Buy milk                                                           today       Inbox
        12  買い物に行くついでに郵便局へ寄る                                   Fri 17 Jul  Groceries a…  @errand
         3  A title that is rather long for any terminal of an ordinary width
        ");
    }

    #[test]
    fn narrow_terminals_drop_the_least_important_column_first() {
        insta::assert_snapshot!(plain(&table().lines(60)).join("\n"), @"
         #  TITLE                  DUE         PROJECT       TAGS
         1  Buy milk               today       Inbox
        12  買い物に行くついでに…  Fri 17 Jul  Groceries a…  @errand
         3  A title that is rath…
        ");
        insta::assert_snapshot!(plain(&table().lines(40)).join("\n"), @"
         #  TITLE                     DUE
         1  Buy milk                  today
        12  買い物に行くついでに郵…   Fri 17 Jul
         3  A title that is rather…
        ");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for terminal in 24..120 {
            for line in plain(&table().lines(terminal)) {
                assert!(text::width(&line) <= terminal, "{terminal}: {line:?}");
            }
        }
    }

    #[test]
    fn empty_columns_are_left_out() {
        let mut table =
            Table::new([Column::new("#").right(), Column::new("TITLE").elastic(), Column::new("TAGS")]);
        table.row([Style::Plain.span("1"), Style::Plain.span("Buy milk"), Style::Plain.span("")]);
        assert_eq!(plain(&table.lines(80)), ["#  TITLE", "1  Buy milk"]);
    }
}
