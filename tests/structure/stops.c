/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * One resync of a rule with macros, options and two alternatives, in which each function of the
 * library that gets the rule's text is recorded. stops.py compiles the library with -pg -mfentry,
 * so that each function begins with a call of __fentry__, below.
 *
 * Prints a line for each function that was entered: its offset in the program; for each of the six
 * registers of arguments a letter: t for the address of a part of the text, s for that of a struct
 * which begins with such an address, - for neither; and the number of calls.
 */
#include <provision/provision.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RULE                                                                                       \
    "(\"$MA\" eq \"000e08012345\")? [--key $SA --uid u2002 --pwd \"$SB\"] "                        \
    "http://pbx.example.com/$PN/$MA.xml | [--key $SA] tftp://192.0.2.1/$MA.xml"
#define EXPANDED                                                                                   \
    "(\"000e08012345\" eq \"000e08012345\")? [--key 6d9f0a1b2c3d4e5f --uid u2002 --pwd "           \
    "\"correct horse\"] http://pbx.example.com/CP-8841-3PCC/000e08012345.xml | [--key "            \
    "6d9f0a1b2c3d4e5f] tftp://192.0.2.1/000e08012345.xml"

enum {
    N_REGISTERS = 6,
    MAX_FUNCTIONS = 4096,
    N_BYTES = 6, /* of a part of the text that must agree */
    MIN_BYTES = 3,
    N_WORDS = 4, /* of a struct that are searched: a cursor begins with its text */
};

struct visited {
    uintptr_t function;
    char found[N_REGISTERS];
    size_t n_calls;
};

static struct visited visited[MAX_FUNCTIONS];
static size_t n_visited;
static int probe[2];
static bool is_recording;
extern char __executable_start, end; /* of the linker */

/* A read that fails where nothing is mapped. */
static size_t read_memory(uintptr_t from, void *to, size_t len)
{
    ssize_t n = write(probe[1], (const void *)from, len);
    if (n <= 0)
        return 0;
    return (size_t)read(probe[0], to, (size_t)n);
}

static bool holds(const char *text, const char *part, size_t len)
{
    for (; *text; text++)
        if (strncmp(text, part, len) == 0)
            return true;
    return false;
}

/* Literals of the program are no part of a rule. */
static bool is_text(uintptr_t at)
{
    char part[N_BYTES + 1] = {0};
    if (at < 4096 || (at >= (uintptr_t)&__executable_start && at < (uintptr_t)&end))
        return false;
    size_t n = read_memory(at, part, N_BYTES);
    size_t len = n ? strlen(part) : 0;
    return len >= MIN_BYTES && (holds(RULE, part, len) || holds(EXPANDED, part, len));
}

static bool is_struct(uintptr_t at)
{
    uintptr_t words[N_WORDS];
    if (at < 4096 || at % sizeof at != 0)
        return false;
    size_t n = read_memory(at, words, sizeof words) / sizeof at;
    for (size_t i = 0; i < n; i++)
        if (is_text(words[i]))
            return true;
    return false;
}

__attribute__((used)) void stops_enter(const uintptr_t *registers, uintptr_t function);

void stops_enter(const uintptr_t *registers, uintptr_t function)
{
    if (!is_recording)
        return;
    size_t i = 0;
    while (i < n_visited && visited[i].function != function)
        i++;
    if (i == MAX_FUNCTIONS)
        abort();
    struct visited *entry = &visited[i];
    if (i == n_visited) {
        n_visited++;
        entry->function = function;
        memset(entry->found, '-', N_REGISTERS);
    }
    entry->n_calls++;
    for (unsigned r = 0; r < N_REGISTERS; r++) {
        if (entry->found[r] != 't' && is_text(registers[r]))
            entry->found[r] = 't';
        else if (entry->found[r] == '-' && is_struct(registers[r]))
            entry->found[r] = 's';
    }
}

/* Called before a function has touched its arguments: keeps every register they may be in. */
__asm__(".globl __fentry__\n"
        "__fentry__:\n"
        "    push %rax\n    push %r10\n    push %r11\n"
        "    push %r9\n    push %r8\n    push %rcx\n    push %rdx\n    push %rsi\n    push %rdi\n"
        "    mov %rsp, %rdi\n"
        "    mov 72(%rsp), %rsi\n"
        "    push %rbp\n    mov %rsp, %rbp\n    and $-16, %rsp\n"
        "    call stops_enter\n"
        "    mov %rbp, %rsp\n    pop %rbp\n"
        "    pop %rdi\n    pop %rsi\n    pop %rdx\n    pop %rcx\n    pop %r8\n    pop %r9\n"
        "    pop %r11\n    pop %r10\n    pop %rax\n"
        "    ret\n");

static prov_transfer *transfer;

static prov_status start(void *ctx, prov_transfer *started, const struct prov_request *request,
                         struct prov_error *err)
{
    (void)err;
    *(bool *)ctx = request->url.len > 0;
    transfer = started;
    return PROV_OK;
}

static void cancel(void *ctx, prov_transfer *cancelled)
{
    (void)ctx;
    (void)cancelled;
    transfer = NULL;
}

static prov_status process(void *ctx, struct prov_error *err)
{
    static const char profile[] = "<flat-profile><Display_Name>x</Display_Name></flat-profile>";
    const struct prov_response head = {
        .size = sizeof head, .code = 200, .length = -1, .retry_after_s = -1};
    (void)ctx;
    (void)err;
    prov_transfer *running = transfer;
    transfer = NULL;
    if (!running)
        return PROV_OK;
    prov_status status = prov_transfer_head(running, &head);
    if (status == PROV_OK)
        status = prov_transfer_data(running, profile, sizeof profile - 1);
    prov_transfer_done(running, status, NULL);
    return PROV_OK;
}

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    return 1000;
}

static void must(prov_status status, const struct prov_error *err)
{
    if (status == PROV_OK)
        return;
    fprintf(stderr, "%s: %s\n", prov_status_name(status), err->message);
    exit(1);
}

static void set(prov_store *store, const char *name, const char *value)
{
    struct prov_error err = {0};
    const struct prov_param param = {
        .size = sizeof param,
        .name = prov_str_from(name),
        .value = prov_str_from(value),
        .has_value = 1,
    };
    must(prov_store_begin(store, &err), &err);
    must(prov_store_set(store, &param, &err), &err);
    must(prov_store_commit(store, &err), &err);
}

/* The evaluation of the rule, which ended without a request. */
static void print_trace(prov_agent *agent)
{
    struct prov_agent_trace trace = {.size = sizeof trace};
    if (prov_agent_trace_get(agent, 0, &trace) == PROV_OK)
        fprintf(stderr, "%.*s\n", (int)trace.text.len, trace.text.data);
}

int main(void)
{
    prov_store *store;
    prov_agent *agent;
    struct prov_error err = {0};
    bool is_asked = false;
    struct prov_host host = {.size = sizeof host, .mono_ms = mono_ms};
    const struct prov_device device = {.size = sizeof device,
                                       .mac = {0x00, 0x0e, 0x08, 0x01, 0x23, 0x45},
                                       .product = prov_str_from("CP-8841-3PCC")};
    const struct prov_agent_options options = {
        .size = sizeof options, .host = &host, .device = &device, .boot_cause = PROV_CAUSE_HOST};
    const struct prov_agent_request request = {.size = sizeof request, .cause = PROV_CAUSE_HOST};
    const struct prov_transport transport = {.size = sizeof transport,
                                             .name = "stops",
                                             .schemes = "tftp,http,https",
                                             .ctx = &is_asked,
                                             .start = start,
                                             .cancel = cancel,
                                             .process = process};
    if (pipe(probe) != 0)
        return 1;
    must(prov_store_open(&store, NULL, &err), &err);
    must(prov_store_bind(store, &host, &err), &err);
    set(store, "Profile_Rule", RULE);
    set(store, "GPP_SA", "6d9f0a1b2c3d4e5f");
    set(store, "GPP_SB", "correct horse");
    must(prov_agent_new(&agent, &options, &err), &err);
    must(prov_agent_add_transport(agent, &transport, 0, &err), &err);
    is_recording = true;
    must(prov_agent_request(agent, &request, &err), &err);
    while (prov_agent_timeout_ms(agent) == 0 || prov_agent_is_busy(agent))
        must(prov_agent_process(agent, &err), &err);
    is_recording = false;
    if (!is_asked)
        print_trace(agent);
    prov_agent_free(agent);
    prov_store_close(store);
    for (size_t i = 0; i < n_visited; i++)
        printf("%#zx %.*s %zu\n", (size_t)(visited[i].function - (uintptr_t)&__executable_start),
               N_REGISTERS, visited[i].found, visited[i].n_calls);
    return is_asked ? 0 : 1;
}
