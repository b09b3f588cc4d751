/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A chart as SVG: title, axes with ticks and units, grid, bands, areas, lines, legend. */
#ifndef FLEET_CHART_H
#define FLEET_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Colours that people with any kind of sight can tell apart (Okabe and Ito, 2008). */
#define CHART_BLUE "#0072b2"
#define CHART_SKY "#56b4e9"
#define CHART_GREEN "#009e73"
#define CHART_ORANGE "#e69f00"
#define CHART_RED "#d55e00"
#define CHART_PURPLE "#cc79a7"
#define CHART_GREY "#777777"
#define CHART_BLACK "#222222"

enum { CHART_WIDTH = 1120, CHART_HEIGHT = 460 };

/** What a chart shows; texts are borrowed for the call. */
struct chart_axes {
    const char *title;
    const char *subtitle; /* NULL: none */
    const char *x_label;  /* with its unit */
    const char *y_label;  /* likewise */
    double x_min, x_max, y_max;
    bool is_log; /* the x axis, of which x_min is above 0 */
};

/** A chart being written. */
struct chart {
    FILE *to;
    struct chart_axes axes;
    double y_top;    /* the highest tick */
    double legend_x; /* where the next entry of the legend begins */
};

/** Begin with title, axes and grid. @param n_notes  Lines of chart_note() to come. */
void chart_begin(struct chart *chart, const struct chart_axes *axes, size_t n_notes, FILE *to);

void chart_end(struct chart *chart);

/** A stretch of the x axis, with a label at its top. */
void chart_band(struct chart *chart, double from, double to, const char *colour, const char *label);

/** Columns of equal width @p step from @p x on, between two heights; @p below NULL: from 0. */
void chart_columns(struct chart *chart, double x, double step, const double *below,
                   const double *above, size_t n, const char *colour);

/** A line over columns, at their middle; a height below 0 interrupts it. */
void chart_line(struct chart *chart, double x, double step, const double *heights, size_t n,
                const char *colour);

/** Steps through points in the order of their @p xs. */
void chart_steps(struct chart *chart, const double *xs, const double *ys, size_t n,
                 const char *colour);

/** An entry of the legend. */
void chart_legend(struct chart *chart, const char *colour, const char *label);

/** Line @p number, from 0, below the axis; long ones are cut. */
void chart_note(struct chart *chart, size_t number, const char *text);

/** A text with the characters that XML and HTML reserve replaced. */
void chart_put_text(FILE *to, const char *text);

/** A number with commas, such as 12,000. */
void chart_write_number(char *text, size_t cap, double number);

/** A unit of time in which @p s seconds are a readable number: its length in seconds. */
double chart_time_unit(double s, const char **name);

#endif
