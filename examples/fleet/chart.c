/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "chart.h"

#include <math.h>
#include <string.h>

/* Margins of the plot within the picture. */
enum { LEFT = 90, RIGHT = 30, TOP = 96, BOTTOM = 64, NOTE_HEIGHT = 18, NOTE_CHARS = 165 };

enum { PLOT_WIDTH = CHART_WIDTH - LEFT - RIGHT, PLOT_HEIGHT = CHART_HEIGHT - TOP - BOTTOM };

void chart_put_text(FILE *to, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': fputs("&amp;", to); break;
        case '<': fputs("&lt;", to); break;
        case '>': fputs("&gt;", to); break;
        case '"': fputs("&quot;", to); break;
        default: fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, to);
        }
    }
}

double chart_time_unit(double s, const char **name)
{
    static const struct {
        double most_s, length_s;
        const char *name;
    } units[] = {{300, 1, "s"}, {4 * 3600, 60, "min"}, {4 * 86400, 3600, "h"}, {0, 86400, "days"}};
    size_t i = 0;
    while (units[i].most_s > 0 && s > units[i].most_s)
        i++;
    *name = units[i].name;
    return units[i].length_s;
}

static double x_at(const struct chart *chart, double x)
{
    const struct chart_axes *axes = &chart->axes;
    double share = axes->is_log ? log(x / axes->x_min) / log(axes->x_max / axes->x_min)
                                : (x - axes->x_min) / (axes->x_max - axes->x_min);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return LEFT + share * PLOT_WIDTH;
}

static double y_at(const struct chart *chart, double y)
{
    return TOP + PLOT_HEIGHT * (1 - y / chart->y_top);
}

/* A step of 1, 2 or 5 times a power of ten that fits about @p n times. */
static double nice_step(double range, double n)
{
    double rough = range / n;
    double power = pow(10, floor(log10(rough)));
    double rest = rough / power;
    return power * (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 5 ? 5 : 10);
}

void chart_write_number(char *text, size_t cap, double number)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%.10g", number);
    bool is_plain = len > 0 && strspn(digits, "0123456789") == (size_t)len;
    size_t n = 0;
    for (int i = 0; i < len && n + 2 < cap; i++) {
        if (is_plain && i > 0 && (len - i) % 3 == 0)
            text[n++] = ',';
        text[n++] = digits[i];
    }
    text[n] = '\0';
}

static void put_number(FILE *to, double number)
{
    char text[48];
    chart_write_number(text, sizeof text, number);
    fputs(text, to);
}

static void put_y_ticks(struct chart *chart)
{
    double step = nice_step(chart->axes.y_max > 0 ? chart->axes.y_max : 1, 5);
    double n = ceil((chart->axes.y_max > 0 ? chart->axes.y_max : 1) / step);
    chart->y_top = n * step;
    for (double i = 0; i <= n; i++) {
        double y = y_at(chart, i * step);
        fprintf(chart->to,
                "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='%s'/>"
                "<text x='%d' y='%.1f' text-anchor='end'>",
                LEFT, LEFT + PLOT_WIDTH, y, y, i > 0 ? "#e4e4e4" : "#444444", LEFT - 8, y + 4);
        put_number(chart->to, i * step);
        fputs("</text>\n", chart->to);
    }
}

static void put_x_tick(const struct chart *chart, double value, bool has_number)
{
    double x = x_at(chart, value);
    fprintf(chart->to, "<line x1='%.1f' x2='%.1f' y1='%d' y2='%d' stroke='%s'/>", x, x,
            has_number ? TOP : TOP + PLOT_HEIGHT, TOP + PLOT_HEIGHT + (has_number ? 6 : 3),
            has_number ? "#eeeeee" : "#aaaaaa");
    if (!has_number)
        return;
    fprintf(chart->to, "<text x='%.1f' y='%d' text-anchor='middle'>", x, TOP + PLOT_HEIGHT + 20);
    put_number(chart->to, value);
    fputs("</text>\n", chart->to);
}

static void put_x_ticks(const struct chart *chart)
{
    const struct chart_axes *axes = &chart->axes;
    if (!axes->is_log) {
        double step = nice_step(axes->x_max - axes->x_min, 10);
        for (double x = ceil(axes->x_min / step) * step; x <= axes->x_max * 1.0001; x += step)
            put_x_tick(chart, x, true);
        return;
    }
    for (double decade = axes->x_min; decade <= axes->x_max * 1.0001; decade *= 10)
        for (int i = 1; i < 10 && i * decade <= axes->x_max * 1.0001; i++)
            put_x_tick(chart, i * decade, i == 1);
}

void chart_begin(struct chart *chart, const struct chart_axes *axes, size_t n_notes, FILE *to)
{
    int height = CHART_HEIGHT + (int)n_notes * NOTE_HEIGHT + (n_notes ? 8 : 0);
    *chart = (struct chart){.to = to, .axes = *axes, .legend_x = LEFT};
    fprintf(to,
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d' "
            "font-family='Helvetica, Arial, DejaVu Sans, sans-serif' font-size='13' "
            "fill='#333333'>\n<rect width='%d' height='%d' fill='white'/>\n"
            "<text x='%d' y='32' font-size='20' font-weight='bold' fill='#111111'>",
            CHART_WIDTH, height, CHART_WIDTH, height, CHART_WIDTH, height, LEFT);
    chart_put_text(to, axes->title);
    fprintf(to, "</text>\n<text x='%d' y='54' fill='#666666'>", LEFT);
    chart_put_text(to, axes->subtitle ? axes->subtitle : "");
    fputs("</text>\n", to);
    put_y_ticks(chart);
    put_x_ticks(chart);
    fprintf(to, "<text x='%d' y='%d' text-anchor='middle' font-size='14'>", LEFT + PLOT_WIDTH / 2,
            TOP + PLOT_HEIGHT + 46);
    chart_put_text(to, axes->x_label);
    fprintf(to,
            "</text>\n<text transform='translate(24 %d) rotate(-90)' text-anchor='middle' "
            "font-size='14'>",
            TOP + PLOT_HEIGHT / 2);
    chart_put_text(to, axes->y_label);
    fputs("</text>\n", to);
}

void chart_end(struct chart *chart)
{
    fprintf(chart->to, "<line x1='%d' x2='%d' y1='%d' y2='%d' stroke='#444444'/>\n</svg>\n", LEFT,
            LEFT, TOP, TOP + PLOT_HEIGHT);
}

void chart_band(struct chart *chart, double from, double to, const char *colour, const char *label)
{
    double left = x_at(chart, from), right = x_at(chart, to);
    double width = right - left > 1 ? right - left : 1;
    fprintf(chart->to,
            "<rect x='%.1f' y='%d' width='%.1f' height='%d' fill='%s' fill-opacity='0.15'/>\n"
            "<text x='%.1f' y='%d' text-anchor='middle' fill='%s' font-weight='bold'>",
            left, TOP, width, PLOT_HEIGHT, colour, (left + right) / 2, TOP + 16, colour);
    chart_put_text(chart->to, label);
    fputs("</text>\n", chart->to);
}

void chart_columns(struct chart *chart, double x, double step, const double *below,
                   const double *above, size_t n, const char *colour)
{
    fprintf(chart->to, "<path fill='%s' fill-opacity='0.85' d='", colour);
    for (size_t i = 0; i < n; i++) {
        double low = below ? below[i] : 0;
        if (above[i] <= low)
            continue;
        double left = x_at(chart, x + step * (double)i);
        double right = x_at(chart, x + step * (double)(i + 1));
        fprintf(chart->to, "M%.1f %.1fH%.1fV%.1fH%.1fZ", left, y_at(chart, low), right,
                y_at(chart, above[i]), left);
    }
    fputs("'/>\n", chart->to);
}

void chart_line(struct chart *chart, double x, double step, const double *heights, size_t n,
                const char *colour)
{
    bool is_down = false;
    fprintf(chart->to, "<path fill='none' stroke='%s' stroke-width='2' stroke-linejoin='round' d='",
            colour);
    for (size_t i = 0; i < n; i++) {
        if (heights[i] >= 0)
            fprintf(chart->to, "%c%.1f %.1f", is_down ? 'L' : 'M',
                    x_at(chart, x + step * ((double)i + 0.5)), y_at(chart, heights[i]));
        is_down = heights[i] >= 0;
    }
    fputs("'/>\n", chart->to);
}

void chart_steps(struct chart *chart, const double *xs, const double *ys, size_t n,
                 const char *colour)
{
    fprintf(chart->to,
            "<path fill='none' stroke='%s' stroke-width='2.5' stroke-linejoin='round' d='", colour);
    for (size_t i = 0; i < n; i++)
        fprintf(chart->to, "%s%.1f%c%.1f", i ? "H" : "M", x_at(chart, xs[i]), i ? 'V' : ' ',
                y_at(chart, ys[i]));
    fputs("'/>\n", chart->to);
}

void chart_legend(struct chart *chart, const char *colour, const char *label)
{
    enum { Y = 66, BOX = 14, GAP = 6, CHAR_WIDTH = 7, BETWEEN = 26 };
    fprintf(chart->to,
            "<rect x='%.1f' y='%d' width='%d' height='%d' rx='2' fill='%s'/>"
            "<text x='%.1f' y='%d'>",
            chart->legend_x, Y, BOX, BOX, colour, chart->legend_x + BOX + GAP, Y + 12);
    chart_put_text(chart->to, label);
    fputs("</text>\n", chart->to);
    chart->legend_x += BOX + GAP + CHAR_WIDTH * (double)strlen(label) + BETWEEN;
}

void chart_note(struct chart *chart, size_t number, const char *text)
{
    char cut[NOTE_CHARS + 4];
    bool is_long = strlen(text) > NOTE_CHARS;
    snprintf(cut, sizeof cut, "%.*s%s", NOTE_CHARS, text, is_long ? "..." : "");
    fprintf(chart->to, "<text x='%d' y='%d' font-size='12' fill='#666666'>", LEFT,
            CHART_HEIGHT + 8 + (int)number * NOTE_HEIGHT);
    chart_put_text(chart->to, cut);
    fputs("</text>\n", chart->to);
}
