/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "web/web.h"

#include <stdio.h>

#include "common/text.h"

const char *const web_description = "web door: none, built without libmicrohttpd";

bool web_open(struct web **out, struct phone *phone)
{
    (void)phone;
    *out = NULL;
    fprintf(stderr,
            "%s: --http: expected a program with a web door, found one without libmicrohttpd\n",
            program_name);
    return false;
}

void web_log(struct web *web, prov_str text)
{
    (void)web;
    (void)text;
}

const char *web_address(const struct web *web, char buf[LISTEN_TEXT_CAP])
{
    (void)web;
    buf[0] = '\0';
    return buf;
}

void web_close(struct web *web)
{
    (void)web;
}

void web_wait(struct web *web, struct waiting *waiting)
{
    (void)web;
    (void)waiting;
}

void web_process(struct web *web)
{
    (void)web;
}
