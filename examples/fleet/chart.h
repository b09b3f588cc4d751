/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A chart as SVG: title, axes with ticks and units, grid, bands, areas, lines, legend. */
#ifndef FLEET_CHART_H
#define FLEET_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Colours that are distinguishable with all kinds of colour vision (Okabe and Ito, 2008). */
#define CHART_BLUE "#0072b2"
#define CHART_SKY "#56b4e9"
#define CHART_GREEN "#009e73"
#define CHART_ORANGE "#e69f00"
#define CHART_RED "#d55e00"
#define CHART_PURPLE "#cc79a7"
#define CHART_GREY "#777777"
#define CHART_BLACK "#222222"

enum { CHART_WIDTH = 1120, CHART_HEIGHT = 460 };

/** Texts and range of a chart; texts are borrowed for the call. */
struct chart_axes {
    const char *title;
    const char *subtitle; /* NULL: none */
    const char *x_label;  /* with its unit */
    const char *y_label;  /* likewise */
    double x_min, x_max, y_max;
    bool is_log; /* the x axis is logarithmic; x_min is above 0 */
};

/** A chart being written. */
struct chart {
    FILE *to;
    struct chart_axes axes;
    double y_top;    /* value of the highest tick */
    double legend_x; /* position of the next entry of the legend */
};

/** Begin with title, axes and grid. @param n_notes  Lines of chart_note() to come. */
void chart_begin(struct chart *chart, const struct chart_axes *axes, size_t n_notes, FILE *to);

void chart_end(struct chart *chart);

/** Mark a range of the x axis, with a label at its top. */
void chart_band(struct chart *chart, double from, double to, const char *colour, const char *label);

/** Draw columns of equal width @p step from @p x on, between two heights; @p below NULL: from 0. */
void chart_columns(struct chart *chart, double x, double step, const double *below,
                   const double *above, size_t n, const char *colour);

/** Draw a line over columns, at their middle; a height below 0 interrupts it. */
void chart_line(struct chart *chart, double x, double step, const double *heights, size_t n,
                const char *colour);

/** Draw steps through points in the order of their @p xs. */
void chart_steps(struct chart *chart, const double *xs, const double *ys, size_t n,
                 const char *colour);

/** Add an entry to the legend. */
void chart_legend(struct chart *chart, const char *colour, const char *label);

/** Write line @p number, from 0, below the axis; long lines are cut. */
void chart_note(struct chart *chart, size_t number, const char *text);

/** Write a text, with the reserved characters of XML and HTML replaced. */
void chart_put_text(FILE *to, const char *text);

/** Write a number with commas, such as 12,000. */
void chart_write_number(char *text, size_t cap, double number);

/** Choose a unit of time in which @p s seconds are a readable number: its length in seconds. */
double chart_time_unit(double s, const char **name);

#endif
