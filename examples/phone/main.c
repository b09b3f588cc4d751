/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * provision-phone, a virtual phone: a complete host of libprovision, to try the library, to test
 * servers, and to copy from.
 *
 * phone.c connects the parts of a phone: a store, a host, an agent, doors. host.c has callbacks,
 * loop.c waits for events and runs the phone. show/ prints events and states, web/ is the door for
 * HTTP, sip/ the one for SIP.
 */
#include <provision/provision.h>

#include "common/terminal.h"
#include "common/text.h"

#include "loop.h"
#include "options.h"
#include "phone.h"
#include "phones.h"

const char program_name[] = "provision-phone";

int main(int argc, char **argv)
{
    struct options options;
    int status;
    (void)argc;
    if (!terminal_fill_standard_files())
        return EXIT_MACHINE;
    loop_block_signals();
    if (options_read(&options, argv, &status))
        status = options.shows.n ? phone_show(&options) : phones_run(&options);
    options_free(&options);
    return finish_output(status);
}
