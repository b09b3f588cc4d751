/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sip/sip.h"

#include <stdio.h>

#include "common/text.h"

const char *const sip_description = "SIP door: none, built without libosip2";

bool sip_open(struct sip **out, struct phone *phone)
{
    (void)phone;
    *out = NULL;
    fprintf(stderr, "%s: %s\n", program_name, sip_description);
    return false;
}

const char *sip_address(const struct sip *sip, char buf[LISTEN_TEXT_CAP])
{
    (void)sip;
    buf[0] = '\0';
    return buf;
}

void sip_close(struct sip *sip)
{
    (void)sip;
}

void sip_wait(const struct sip *sip, struct waiting *waiting)
{
    (void)sip;
    (void)waiting;
}

void sip_process(struct sip *sip)
{
    (void)sip;
}
