/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _GNU_SOURCE /* ppoll(), st_mtim */
#include "lease.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/hex.h"
#include "common/text.h"

enum {
    MAX_V4_CODE = 255,
    MAX_V6_CODE = 65535,
    MAX_READS = 16 /* before other descriptors are processed */
};

static bool read_code(const char *text, struct prov_dhcp_option *option, const char **value)
{
    bool is_v6 = strncmp(text, "6:", 2) == 0;
    const char *code = is_v6 ? text + 2 : text;
    size_t len = strspn(code, "0123456789");
    if (len == 0 || len > 5 || code[len] != '=')
        return false;
    option->family = is_v6 ? PROV_DHCP_V6 : PROV_DHCP_V4;
    option->code = (uint32_t)strtoul(code, NULL, 10);
    *value = code + len + 1;
    return option->code <= (is_v6 ? MAX_V6_CODE : MAX_V4_CODE);
}

/* Convert an even number of digits to bytes in `to`; false for anything else. */
static bool read_hex(const char *digits, char *to)
{
    for (; *digits; digits += 2) {
        int byte = hex_byte(digits);
        if (byte < 0)
            return false;
        *to++ = (char)byte;
    }
    return true;
}

static bool read_option(const char *argument, struct prov_dhcp_option *option, char **owned)
{
    const char *value;
    if (!read_code(argument, option, &value))
        return false;
    char *bytes = strdup(value); /* the converted digits fit too */
    if (!bytes)
        return false;
    *owned = bytes;
    option->bytes = prov_str_from(bytes);
    if (strncmp(value, "0x", 2) != 0)
        return true;
    option->bytes.len = (strlen(value) - 2) / 2;
    if (read_hex(value + 2, bytes))
        return true;
    free(bytes);
    return false;
}

bool dhcp_options_add(struct dhcp_options *options, const char *argument)
{
    struct prov_dhcp_option option = {0};
    char *bytes;
    struct prov_dhcp_option *all = realloc(options->all, (options->n + 1) * sizeof *all);
    if (!all)
        return false;
    options->all = all;
    char **owned = realloc(options->owned, (options->n + 1) * sizeof *owned);
    if (!owned)
        return false;
    options->owned = owned;
    if (!read_option(argument, &option, &bytes))
        return false;
    all[options->n] = option;
    owned[options->n++] = bytes;
    return true;
}

void dhcp_options_free(struct dhcp_options *options)
{
    for (size_t i = 0; i < options->n; i++)
        free(options->owned[i]);
    free(options->owned);
    free(options->all);
    *options = (struct dhcp_options){0};
}

__attribute__((format(printf, 4, 5))) static void refuse(const struct lease_listener *listener,
                                                         const char *path, unsigned line,
                                                         const char *format, ...)
{
    struct prov_error err = {
        .size = sizeof err, .status = PROV_E_SYNTAX, .line = line, .column = line > 0};
    va_list args;
    snprintf(err.source, sizeof err.source, "%s", strcmp(path, "-") == 0 ? "standard input" : path);
    va_start(args, format);
    vsnprintf(err.message, sizeof err.message, format, args);
    va_end(args);
    listener->hear(listener->ctx, path, 0, &err);
}

/*
 * Parse a whole lease. Its options may be secrets, so messages contain only the place.
 *
 * @param text  NUL-terminated; changed.
 */
static bool parse(char *text, struct dhcp_options *options, const struct lease_listener *listener,
                  const char *path)
{
    unsigned number = 0;
    for (char *line = text, *next; (next = strchr(line, '\n')); line = next) {
        number++;
        *next++ = '\0';
        line[strcspn(line, "\r")] = '\0';
        bool is_end = strcmp(line, "end") == 0;
        if (is_end && !*next)
            return true;
        if (is_end) {
            refuse(listener, path, number + 1, "expected nothing behind 'end'");
            return false;
        }
        if (line[0] == '\0' || line[0] == '#' || dhcp_options_add(options, line))
            continue;
        refuse(listener, path, number,
               "expected CODE=TEXT, CODE=0xHEX, for DHCPv6 6:CODE=..., or 'end'");
        return false;
    }
    refuse(listener, path, 0,
           "expected a last line 'end' behind the options: the lease was cut off");
    return false;
}

/* Accept a lease. If it is refused or repeated, the previous one remains in use. @return Whether it
 * is new. */
static bool accept_lease(struct lease_source *source, const char *bytes, size_t len,
                         const struct lease_listener *listener)
{
    struct dhcp_options options = {0};
    if (memchr(bytes, '\0', len)) {
        refuse(listener, source->path, 0, "expected text, found a NUL");
        return false;
    }
    char *text = text_copy((prov_str){bytes, len});
    char *kept = text ? strdup(text) : NULL;
    bool is_repeated = kept && source->has_lease && strcmp(source->text, kept) == 0;
    bool is_good = kept && !is_repeated && parse(text, &options, listener, source->path);
    if (!kept)
        refuse(listener, source->path, 0, "out of memory");
    free(text);
    if (!is_good) {
        dhcp_options_free(&options);
        free(kept);
        return false;
    }
    dhcp_options_free(&source->options);
    free(source->text);
    source->options = options;
    source->text = kept;
    source->has_lease = true;
    listener->hear(listener->ctx, source->path, options.n, NULL);
    return true;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Only a regular file: opening a FIFO would wait for a writer. */
static bool read_file(struct lease_source *source, const struct lease_listener *listener)
{
    struct stat found;
    if (stat(source->path, &found) != 0 || (source->was_seen && is_same(&found, &source->seen)))
        return false;
    source->seen = found;
    source->was_seen = true;
    char *text = malloc(LEASE_MAX_BYTES + 1);
    FILE *in = S_ISREG(found.st_mode) && text ? fopen(source->path, "r") : NULL;
    size_t len = in ? fread(text, 1, LEASE_MAX_BYTES + 1, in) : 0;
    bool is_new = false;
    if (!text)
        refuse(listener, source->path, 0, "out of memory");
    else if (!S_ISREG(found.st_mode))
        refuse(listener, source->path, 0, "expected a file, found something else");
    else if (!in || ferror(in))
        refuse(listener, source->path, 0, "%s", strerror(errno));
    else if (len > LEASE_MAX_BYTES)
        refuse(listener, source->path, 0, "expected at most %d bytes", LEASE_MAX_BYTES);
    else
        is_new = accept_lease(source, text, len, listener);
    if (in)
        fclose(in);
    free(text);
    return is_new;
}

/* Number of bytes up to the end of the first lease; 0: no line `end` has arrived. */
static size_t whole_lease(const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        const char *newline = memchr(text + at, '\n', len - at);
        if (!newline)
            return 0;
        size_t next = (size_t)(newline - text) + 1;
        size_t line_len = next - 1 - at;
        if ((line_len == 3 || (line_len == 4 && text[at + 3] == '\r')) &&
            memcmp(text + at, "end", 3) == 0)
            return next;
        at = next;
    }
    return 0;
}

static bool accept_leases(struct leases *leases, struct lease_source *source,
                          const struct lease_listener *listener)
{
    bool is_new = false;
    for (size_t len; (len = whole_lease(leases->input, leases->input_len)) > 0;) {
        if (!leases->is_skipping)
            is_new |= accept_lease(source, leases->input, len, listener);
        leases->is_skipping = false;
        leases->input_len -= len;
        memmove(leases->input, leases->input + len, leases->input_len);
    }
    return is_new;
}

/* Skip a lease that is too long up to its `end`, which may be partly in the buffer. */
static void skip_input(struct leases *leases, const struct lease_source *source,
                       const struct lease_listener *listener)
{
    enum { KEPT = sizeof "\nend\r" - 1 };
    if (!leases->is_skipping)
        refuse(listener, source->path, 0, "expected at most %d bytes before 'end'",
               LEASE_MAX_BYTES);
    leases->is_skipping = true;
    memmove(leases->input, leases->input + leases->input_len - KEPT, KEPT);
    leases->input_len = KEPT;
}

static bool read_input(struct leases *leases, struct lease_source *source,
                       const struct lease_listener *listener)
{
    bool is_new = false;
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    for (int i = 0; i < MAX_READS && leases->has_input && poll(&fd, 1, 0) > 0; i++) {
        ssize_t n = read(STDIN_FILENO, leases->input + leases->input_len,
                         sizeof leases->input - leases->input_len);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            break;
        leases->has_input = n > 0;
        leases->input_len += n > 0 ? (size_t)n : 0;
        is_new |= accept_leases(leases, source, listener);
        if (n > 0 && leases->input_len == sizeof leases->input)
            skip_input(leases, source, listener);
    }
    if (!leases->has_input && leases->input_len > 0 && !leases->is_skipping)
        refuse(listener, source->path, 0,
               "expected a last line 'end' behind the options: the lease was cut off");
    if (!leases->has_input)
        leases->input_len = 0;
    return is_new;
}

static bool is_input(const struct lease_source *source)
{
    return strcmp(source->path, "-") == 0;
}

/* Only to wake the program: the change itself is found by reading the file. The folder may be
 * created later. */
static void watch_folders(const struct leases *leases)
{
    char folder[PATH_MAX];
    for (size_t i = 0; i < leases->n; i++) {
        const char *path = leases->all[i].path, *slash = strrchr(path, '/');
        if (is_input(&leases->all[i]))
            continue;
        snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1,
                 slash ? path : ".");
        inotify_add_watch(leases->watch_fd, folder[0] ? folder : "/",
                          IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);
    }
}

struct leases *leases_new(const struct command_words *paths)
{
    struct leases *leases = calloc(1, sizeof *leases);
    if (!leases)
        return NULL;
    leases->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    leases->all = calloc(paths->n + 1, sizeof *leases->all);
    if (!leases->all) {
        leases_free(leases);
        return NULL;
    }
    for (size_t i = 0; i < paths->n; i++) {
        struct lease_source *source = &leases->all[leases->n++];
        source->path = paths->all[i];
        leases->has_input |= is_input(source);
    }
    watch_folders(leases);
    return leases;
}

void leases_free(struct leases *leases)
{
    if (!leases)
        return;
    for (size_t i = 0; i < leases->n; i++) {
        dhcp_options_free(&leases->all[i].options);
        free(leases->all[i].text);
    }
    if (leases->watch_fd >= 0)
        close(leases->watch_fd);
    free(leases->all);
    free(leases);
}

bool leases_read(struct leases *leases, const struct lease_listener *listener)
{
    bool is_new = false;
    char events[4096];
    if (!leases)
        return false;
    while (read(leases->watch_fd, events, sizeof events) > 0)
        continue;
    watch_folders(leases);
    for (size_t i = 0; i < leases->n; i++)
        is_new |= is_input(&leases->all[i]) ? read_input(leases, &leases->all[i], listener)
                                            : read_file(&leases->all[i], listener);
    return is_new;
}

/* The loop handles SIGINT and SIGTERM later; here they end the phone. */
void leases_await(struct leases *leases, const struct lease_listener *listener)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    sigset_t mask;
    for (size_t i = 0; leases && i < leases->n; i++) {
        struct lease_source *source = &leases->all[i];
        sigprocmask(SIG_SETMASK, NULL, &mask);
        sigdelset(&mask, SIGINT);
        sigdelset(&mask, SIGTERM);
        while (is_input(source) && leases->has_input && !source->has_lease) {
            if (ppoll(&fd, 1, NULL, &mask) < 0 && errno != EINTR)
                return;
            read_input(leases, source, listener);
        }
    }
}

void leases_wait(const struct leases *leases, struct waiting *waiting)
{
    if (leases && leases->watch_fd >= 0)
        waiting_add(waiting, leases->watch_fd, POLLIN);
    if (leases && leases->has_input)
        waiting_add(waiting, STDIN_FILENO, POLLIN);
}
