/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "web/log.h"

#include <stdlib.h>
#include <time.h>

#include "common/text.h"

void log_add(struct web_log *log, prov_str text)
{
    time_t now = time(NULL);
    struct tm parts;
    if (!log->lines && !(log->lines = calloc(WEB_LOG_LINES, sizeof *log->lines)))
        return;
    char *line = log->lines[log->n++ % WEB_LOG_LINES];
    size_t len =
        gmtime_r(&now, &parts) ? strftime(line, WEB_LOG_LINE_CAP, "%b %d %H:%M:%S ", &parts) : 0;
    text_clean(text, line + len, WEB_LOG_LINE_CAP - len);
}

const char *log_get(const struct web_log *log, size_t index)
{
    size_t n = log->n < WEB_LOG_LINES ? log->n : WEB_LOG_LINES;
    return index < n ? log->lines[(log->n - 1 - index) % WEB_LOG_LINES] : NULL;
}

void log_free(struct web_log *log)
{
    free(log->lines);
    *log = (struct web_log){0};
}
