/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "call.h"

#include "host.h"

void call_begin(struct phone *phone, uint32_t seconds)
{
    phone->call_ends_ms = seconds ? clock_now_ms(&phone->clock) + (int64_t)seconds * 1000 : -1;
    if (phone->has_call)
        return;
    phone->has_call = true;
    host_note(phone, "a call begins");
    prov_agent_notify(phone->agent);
}

void call_end(struct phone *phone)
{
    if (!phone->has_call)
        return;
    phone->has_call = false;
    host_note(phone, "the call ends");
    prov_agent_notify(phone->agent); /* a waiting resync may start */
}

int64_t call_timeout_ms(const struct phone *phone)
{
    if (!phone->has_call || phone->call_ends_ms < 0)
        return -1;
    int64_t left_ms = phone->call_ends_ms - clock_now_ms(&phone->clock);
    return left_ms > 0 ? left_ms : 0;
}

void call_process(struct phone *phone)
{
    if (call_timeout_ms(phone) == 0)
        call_end(phone);
}
