/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "contact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/terminal.h"
#include "common/text.h"

#include "host.h"
#include "phone.h"
#include "show/words.h"

enum { RECORD_CAP = CONTACT_N_OFFERS * (CONTACT_TEXT_CAP + 64), STATUS_CAP = 512, TIME_CAP = 32 };

static const char record_name[] = "contact";

/* Lines: the state, then each offer. The texts contain no control characters. */
static size_t write_record(const struct contact *contact, char record[RECORD_CAP])
{
    size_t len = (size_t)snprintf(record, RECORD_CAP, "%u %u %u\n", (unsigned)contact->state,
                                  (unsigned)contact->contact, (unsigned)contact->authorization);
    for (size_t i = 0; i < CONTACT_N_OFFERS; i++) {
        const struct contact_offer *offer = &contact->offers[i];
        if (offer->is_there)
            len += (size_t)snprintf(record + len, RECORD_CAP - len, "%zu %lld %d %s\n", i,
                                    (long long)offer->wall_s, offer->is_used, offer->text);
    }
    return len;
}

static void read_offer(struct contact *contact, const char *line, size_t len)
{
    char *end;
    unsigned long i = strtoul(line, &end, 10);
    long long wall_s = strtoll(end, &end, 10);
    unsigned long is_used = strtoul(end, &end, 10);
    if (i >= CONTACT_N_OFFERS || *end != ' ' || end >= line + len)
        return;
    struct contact_offer *offer = &contact->offers[i];
    *offer = (struct contact_offer){.is_there = true, .is_used = is_used == 1, .wall_s = wall_s};
    snprintf(offer->text, sizeof offer->text, "%.*s", (int)(line + len - end - 1), end + 1);
}

void contact_load(struct contact *contact, const prov_store *store)
{
    char record[RECORD_CAP + 1], *end;
    size_t len;
    *contact = (struct contact){0};
    if (prov_store_load_record(store, prov_str_from(record_name), record, RECORD_CAP, &len) !=
        PROV_OK)
        return;
    record[len] = '\0';
    contact->state = (uint32_t)strtoul(record, &end, 10);
    contact->contact = (uint32_t)strtoul(end, &end, 10);
    contact->authorization = (uint32_t)strtoul(end, &end, 10);
    for (const char *line = end; *line == '\n' && line[1];) {
        size_t line_len = strcspn(++line, "\n");
        read_offer(contact, line, line_len);
        line += line_len;
    }
}

prov_status contact_enable(struct phone *phone, struct prov_error *err)
{
    const struct prov_activation_host host = {
        .size = sizeof host,
        .code_url = prov_str_from(phone->options->activation_service),
        .contact_url = prov_str_from(phone->options->contact_service),
    };
    uint32_t by_licence = phone->contact.authorization;
    contact_load(&phone->contact, phone->store);
    phone->noted = phone->contact;
    if (by_licence)
        phone->contact.authorization = by_licence;
    return prov_agent_enable_activation(phone->agent, &host, err);
}

/* The offer's wall-clock time is computed once, as the clock may be set later. */
static void record_offer(struct phone *phone, struct contact_offer *noted,
                         const struct prov_contact_offer *offer)
{
    int64_t utc_s;
    int32_t offset_s;
    noted->is_used = offer->is_used;
    if (noted->is_there && noted->at_ms == offer->at_ms)
        return;
    noted->is_there = true;
    noted->at_ms = offer->at_ms;
    noted->wall_s = -1;
    if (clock_wall(&phone->clock, &utc_s, &offset_s))
        noted->wall_s = utc_s - (clock_now_ms(&phone->clock) - offer->at_ms) / 1000;
    text_clean(offer->text, noted->text, sizeof noted->text);
}

void contact_process(struct phone *phone)
{
    char before[RECORD_CAP], after[RECORD_CAP];
    struct contact *contact = &phone->contact;
    struct prov_activation activation = {.size = sizeof activation};
    struct prov_contact_offer offer = {.size = sizeof offer};
    struct prov_error err = {0};
    if (prov_agent_activation_get(phone->agent, &activation) != PROV_OK)
        return;
    size_t len_before = write_record(&phone->noted, before);
    contact->state = activation.state;
    contact->contact = activation.contact;
    for (uint32_t i = 0; i < CONTACT_N_OFFERS; i++) {
        contact->offers[i].is_used = contact->contact == i + 1;
        if (prov_agent_contact_get(phone->agent, i + 1, &offer) == PROV_OK)
            record_offer(phone, &contact->offers[i], &offer);
    }
    size_t len = write_record(contact, after);
    if (len == len_before && memcmp(before, after, len) == 0)
        return;
    phone->noted = *contact; /* if the record cannot be saved, do not repeat that at each turn */
    if (prov_store_save_record(phone->store, prov_str_from(record_name), after, len, &err) !=
        PROV_OK)
        phone_print_failure(phone, &err, EXIT_MACHINE);
}

/* Read a parameter that the agent writes. */
static const char *read_status(const prov_store *store, const char *name, char buf[STATUS_CAP])
{
    size_t len;
    if (prov_store_get(store, prov_str_from(name), buf, STATUS_CAP, &len) != PROV_OK)
        buf[0] = '\0';
    return buf;
}

static void print_field(struct show *show, const char *label, const char *text)
{
    char shown[STATUS_CAP];
    if (text[0])
        screen_print(&show->screen, PLAIN, "  %s%s", label,
                     text_clean(prov_str_from(text), shown, sizeof shown));
}

static void show_offer(struct show *show, uint32_t source, const struct contact_offer *offer)
{
    char when[TIME_CAP];
    screen_print(&show->screen, PLAIN, "  %s%s: %s, %s", words_for_contact(source),
                 offer->is_used ? ", used" : "", offer->text[0] ? offer->text : "no server",
                 words_for_moment(offer->wall_s, when, sizeof when));
}

void contact_show(struct show *show, const struct contact *contact, const prov_store *store)
{
    char text[STATUS_CAP];
    screen_print(&show->screen, PLAIN, "customization: %s%s%s",
                 prov_customization_name(contact->state), contact->contact ? ", by " : "",
                 contact->contact ? words_for_contact(contact->contact) : "");
    for (uint32_t i = 0; i < CONTACT_N_OFFERS; i++)
        if (contact->offers[i].is_there)
            show_offer(show, i + 1, &contact->offers[i]);
    screen_print(&show->screen, PLAIN, "authorization: %s",
                 prov_authorization_name(contact->authorization));
    print_field(show, "", read_status(store, "Transition_Authorization_Status", text));
    screen_print(&show->screen, PLAIN, "certificate: %s",
                 read_status(store, "MIC_Cert_Provisioning_Status", text)[0] ? text
                                                                             : "not renewed");
    print_field(show, "issued by ", read_status(store, "MIC_Cert_Info", text));
}

void contact_add(struct json_object *object, const struct contact *contact, const prov_store *store)
{
    char text[STATUS_CAP];
    json_add_word(object, "customization", prov_customization_name(contact->state));
    json_add_word(object, "contact", prov_contact_name(contact->contact));
    struct json_object offers = json_add_array(object, "offers");
    for (uint32_t i = 0; i < CONTACT_N_OFFERS; i++) {
        const struct contact_offer *offer = &contact->offers[i];
        if (!offer->is_there)
            continue;
        struct json_object element = json_add_object(&offers, NULL);
        json_add_word(&element, "contact", prov_contact_name(i + 1));
        json_add_word(&element, "text", offer->text);
        json_add_bool(&element, "is_used", offer->is_used);
        if (offer->wall_s >= 0)
            json_add_number(&element, "wall_s", offer->wall_s);
        json_end(&element);
    }
    json_end(&offers);
    json_add_word(object, "authorization", prov_authorization_name(contact->authorization));
    json_add_word(object, "authorization_status",
                  read_status(store, "Transition_Authorization_Status", text));
    json_add_word(object, "certificate_status",
                  read_status(store, "MIC_Cert_Provisioning_Status", text));
    json_add_word(object, "certificate_issuer", read_status(store, "MIC_Cert_Info", text));
}

void contact_show_event(struct show *show, const struct prov_activation *activation)
{
    char text[STATUS_CAP];
    screen_print(&show->screen, PLAIN, "customization: %s%s%s",
                 prov_customization_name(activation->state), activation->contact ? ", by " : "",
                 activation->contact ? words_for_contact(activation->contact) : "");
    if (activation->text.len)
        screen_print_error(&show->screen, YELLOW, "  %s: %s",
                           text_clean(activation->text, text, sizeof text),
                           words_for_code(activation->code));
    if (activation->is_code_wanted)
        screen_print(&show->screen, BOLD,
                     "  waits for an activation code: --activate CODE, or "
                     "'activate CODE' at the control socket");
}
