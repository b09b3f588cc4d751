/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "show/screen.h"

#include <stdarg.h>
#include <string.h>

#include "common/names.h"
#include "common/terminal.h"

enum {
    BAR_WIDTH = 30,
    LONG_TRANSFER = 64 * 1024, /* shorter ones end before a bar can be read */
};

void screen_init(struct screen *screen, const char *name, bool is_quiet,
                 enum terminal_colour colour)
{
    *screen = (struct screen){
        .name = name,
        .is_quiet = is_quiet,
        .is_terminal = !name[0] && terminal_is_smart(stdout),
        .has_colour = terminal_has_colour(stdout, colour),
        .has_coloured_errors = terminal_has_colour(stderr, colour),
    };
    /* So that thousands of changes do not cause thousands of writes; see screen_flush(). */
    setvbuf(stdout, NULL, screen->is_terminal ? _IOLBF : _IOFBF, BUFSIZ);
}

void screen_flush(void)
{
    fflush(stdout);
}

static void erase_bar(struct screen *screen)
{
    if (!screen->has_bar)
        return;
    fputs("\r\033[K", stdout);
    fflush(stdout);
    screen->has_bar = false;
}

static void put_line(struct screen *screen, FILE *out, const char *colour, const char *format,
                     va_list arguments)
{
    bool has_colour = out == stderr ? screen->has_coloured_errors : screen->has_colour;
    bool is_coloured = has_colour && colour[0];
    erase_bar(screen);
    if (out == stderr)
        screen_flush(); /* after earlier lines */
    if (screen->name[0])
        fprintf(out, "%s: ", screen->name);
    fputs(is_coloured ? colour : "", out);
    vfprintf(out, format, arguments);
    fputs(is_coloured ? RESET "\n" : "\n", out);
}

void screen_print(struct screen *screen, const char *colour, const char *format, ...)
{
    va_list arguments;
    if (screen->is_quiet)
        return;
    va_start(arguments, format);
    put_line(screen, stdout, colour, format, arguments);
    va_end(arguments);
}

void screen_print_error(struct screen *screen, const char *colour, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_line(screen, stderr, colour, format, arguments);
    va_end(arguments);
}

static void draw_bar(const struct prov_progress *progress)
{
    char bytes[32], total[32], bar[BAR_WIDTH + 1];
    words_for_bytes(progress->bytes, bytes, sizeof bytes);
    if (progress->total <= 0) {
        printf("\r  %s\033[K", bytes);
        return;
    }
    uint64_t whole = (uint64_t)progress->total;
    uint64_t done = progress->bytes < whole ? progress->bytes : whole;
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)(done * BAR_WIDTH / whole));
    bar[BAR_WIDTH] = '\0';
    printf("\r  [%s] %3u %%  %s of %s\033[K", bar, (unsigned)(done * 100 / whole), bytes,
           words_for_bytes(whole, total, sizeof total));
}

/* Only on a terminal, only for long transfers, and only if the bar has changed. */
void screen_bar(struct screen *screen, const struct prov_progress *progress)
{
    uint64_t whole = progress->total > 0 ? (uint64_t)progress->total : 0;
    uint64_t step = whole ? progress->bytes * 100 / whole : progress->bytes / LONG_TRANSFER;
    bool is_long = whole > LONG_TRANSFER || progress->bytes > LONG_TRANSFER;
    if (!screen->is_terminal || screen->is_quiet || !is_long)
        return;
    if (screen->has_bar && step == screen->bar_step)
        return;
    draw_bar(progress);
    fflush(stdout);
    screen->has_bar = true;
    screen->bar_step = step;
}
