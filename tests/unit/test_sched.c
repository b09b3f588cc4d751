/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The clockwork against golden traces, and its corners in plain C.
 *
 * A case is a folder tests/vectors/sched/<case>: `script` in the language of sched_script.h, and
 * `expect`, its trace. `test_sched --print SCRIPT` shows the trace of a new one.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "sched_device.h"
#include "sched_script.h"

#define VECTORS "tests/vectors/sched"

/* Golden traces ----------------------------------------------------------------------------- */

static char *read_text(const char *path)
{
    static const size_t cap = 64 * 1024;
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = malloc(cap);
    size_t len = text ? fread(text, 1, cap - 1, file) : 0;
    fclose(file);
    if (text)
        text[len] = '\0';
    return text;
}

static bool run_case(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, VECTORS "/%s/script", name);
    char *script = read_text(path);
    snprintf(path, sizeof path, VECTORS "/%s/expect", name);
    char *expect = read_text(path);
    assert_non_null(script);
    char *trace = sched_script_run(script);
    bool is_same = expect && strcmp(trace, expect) == 0;
    if (!is_same)
        print_error("%s: the trace is\n%s", name, trace);
    free(trace);
    free(expect);
    free(script);
    return is_same;
}

static void test_step_gives_golden_traces(void **state)
{
    (void)state;
    DIR *folder = opendir(VECTORS);
    assert_non_null(folder);
    int n_cases = 0;
    int n_wrong = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        n_cases++;
        n_wrong += !run_case(entry->d_name);
    }
    closedir(folder);
    assert_int_equal(n_wrong, 0);
    assert_true(n_cases > 0);
}

static int print_trace(const char *path)
{
    char *script = read_text(path);
    if (!script)
        return 1;
    char *trace = sched_script_run(script);
    fputs(trace, stdout);
    free(trace);
    free(script);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--print") == 0)
        return print_trace(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_gives_golden_traces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
