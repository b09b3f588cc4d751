/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "web/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/parameter.h"

#include "phone.h"
#include "web/answer.h"
#include "web/login.h"

static const char admin_prefix[] = "/admin";

static const struct site_page pages[] = {
    {"/info/status", "Info", "Status", 0, page_status_html},
    {"/info/debug", "Info", "Debug Info", 0, page_debug_html},
    {"/info/downloads", "Info", "Download Status", 0, page_downloads_html},
    {"/voice/system", "Voice", "System", 0, page_tab_html},
    {"/voice/sip", "Voice", "SIP", 0, page_tab_html},
    {"/voice/provisioning", "Voice", "Provisioning", 0, page_tab_html},
    {"/voice/phone", "Voice", "Phone", 0, page_tab_html},
    {"/voice/ext1", "Voice", "Ext n", 1, page_tab_html},
    {"/voice/ext2", "Voice", "Ext n", 2, page_tab_html},
    {"/voice/ext3", "Voice", "Ext n", 3, page_tab_html},
    {"/voice/ext4", "Voice", "Ext n", 4, page_tab_html},
};

enum { N_PAGES = sizeof pages / sizeof pages[0] };

/* `/` and `/admin` show the first page. */
bool site_find(struct web_request *request)
{
    const char *path = request->target;
    size_t prefix_len = sizeof admin_prefix - 1;
    request->is_admin_view = strncmp(path, admin_prefix, prefix_len) == 0;
    path += request->is_admin_view ? prefix_len : 0;
    if (strcmp(path, "/") == 0 || (request->is_admin_view && path[0] == '\0'))
        path = pages[0].path;
    for (size_t i = 0; i < N_PAGES && !request->page; i++)
        if (strcmp(path, pages[i].path) == 0)
            request->page = &pages[i];
    return request->page != NULL;
}

static bool is_on(const struct phone *phone, const char *name)
{
    bool is_set, is_on = true;
    char *value =
        parameter_get(phone->store, prov_str_from(name), phone->options->dialect, &is_set);
    if (value)
        prov_value_bool(prov_str_from(value), &is_on);
    free(value);
    return is_on;
}

static bool has_form(const struct web_request *request)
{
    return request->page->template == page_tab_html;
}

bool site_begin(struct web_request *request, enum MHD_Result *result)
{
    const struct phone *phone = request->web->phone;
    const char *method = request->method.data;
    bool is_post = strcmp(method, "POST") == 0;
    if (!is_on(phone, "Enable_Web_Server"))
        *result = answer_page(request, MHD_HTTP_NOT_FOUND, NULL);
    else if (request->is_admin_view && !is_on(phone, "Enable_Web_Admin_Access"))
        *result = answer_page(request, MHD_HTTP_FORBIDDEN, "Enable_Web_Admin_Access is No");
    else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
             !(is_post && has_form(request)))
        *result = answer_page(request, MHD_HTTP_METHOD_NOT_ALLOWED, NULL);
    else
        return login_check_page(request, result);
    return false;
}

/* Read the catalogue once. */
static bool read_fields(struct web *web)
{
    enum { MAX_FIELDS = 1000 };
    struct prov_catalogue_field place = {.size = sizeof place};
    size_t n = 0;
    if (web->fields)
        return true;
    while (n < MAX_FIELDS && prov_catalogue_field_get(n, &place) == PROV_OK)
        n++;
    web->fields = calloc(n + 1, sizeof *web->fields);
    web->n_fields = web->fields ? n : 0;
    for (size_t i = 0; i < web->n_fields; i++) {
        struct web_field *field = &web->fields[i];
        field->place.size = sizeof field->place;
        prov_catalogue_field_get(i, &field->place);
        const struct prov_param_info *info =
            prov_catalogue_find(prov_str_from(field->place.name), NULL);
        field->help = info ? prov_catalogue_meaning(info) : NULL;
    }
    return web->fields != NULL;
}

prov_str site_param_name(const struct site *site, size_t field, char *buf, size_t cap)
{
    const char *name = site->request->web->fields[field].place.name;
    int len = site->page->line ? snprintf(buf, cap, "%.*s%u_", (int)strlen(name) - 2, name,
                                          (unsigned)site->page->line)
                               : snprintf(buf, cap, "%s", name);
    return (prov_str){buf, len > 0 ? (size_t)len : 0};
}

/* The administrator may see everything, the user what `ua` permits; Info is for both. */
bool site_may_see(const struct site *site, prov_str name)
{
    uint32_t access = prov_store_access(site->phone->store, name);
    return site->is_admin || strcmp(site->page->menu, "Info") == 0 || access == PROV_ACCESS_READ ||
           access == PROV_ACCESS_WRITE;
}

bool site_may_change(const struct site *site, const struct prov_param_info *info, prov_str name)
{
    return has_form(site->request) && info && !(info->flags & PROV_PARAM_FLAG_READ_ONLY) &&
           (site->is_admin || prov_store_access(site->phone->store, name) == PROV_ACCESS_WRITE);
}

size_t site_next_field(const struct site *site, size_t after)
{
    char name[PARAMETER_NAME_CAP];
    static const char in_template[] = "Product Information"; /* a page with more than parameters */
    const struct web *web = site->request->web;
    for (size_t i = after == SIZE_MAX ? 0 : after + 1; i < web->n_fields; i++)
        if (strcmp(web->fields[i].place.tab, site->page->tab) == 0 &&
            strcmp(web->fields[i].place.menu, site->page->menu) == 0 &&
            strcmp(web->fields[i].place.section, in_template) != 0 &&
            site_may_see(site, site_param_name(site, i, name, sizeof name)))
            return i;
    return SIZE_MAX;
}

static const char *title_of(const struct site_page *page, char *buf, size_t cap)
{
    if (page->line)
        snprintf(buf, cap, "Ext %u", (unsigned)page->line);
    else
        snprintf(buf, cap, "%s", page->tab);
    return buf;
}

static prov_str path_of(struct site *site, bool is_admin, const struct site_page *page)
{
    snprintf(site->text, sizeof site->text, "%s%s", is_admin ? admin_prefix : "", page->path);
    return prov_str_from(site->text);
}

static prov_str value(void *ctx, const char *name)
{
    struct site *site = ctx;
    const struct site_page *nav = &pages[site->nav];
    prov_str found = {"", 0};
    if (strcmp(name, "menu") == 0)
        return prov_str_from(site->page->menu);
    if (strcmp(name, "title") == 0)
        return prov_str_from(title_of(site->page, site->text, sizeof site->text));
    if (strcmp(name, "nav_title") == 0)
        return prov_str_from(title_of(nav, site->text, sizeof site->text));
    if (strcmp(name, "nav_path") == 0)
        return path_of(site, site->is_admin, nav);
    if (strcmp(name, "path") == 0)
        return path_of(site, site->is_admin, site->page);
    if (strcmp(name, "other_path") == 0)
        return path_of(site, !site->is_admin, site->page);
    if (strcmp(name, "token") == 0)
        return prov_str_from(site->request->web->token);
    if (strcmp(name, "n_errors") == 0) {
        snprintf(site->text, sizeof site->text, "%zu", site->n_errors);
        return prov_str_from(site->text);
    }
    if (tab_value(site, name, &found) || info_value(site, name, &found) ||
        answer_common_value(site->phone, name, site->text, sizeof site->text, &found))
        return found;
    return (prov_str){"", 0};
}

/* Find the next page of a menu. */
static bool next_nav(struct site *site, const char *menu, size_t index)
{
    for (size_t i = index ? site->nav + 1 : 0; i < N_PAGES; i++) {
        if (strcmp(pages[i].menu, menu) != 0)
            continue;
        site->nav = i;
        return true;
    }
    return false;
}

static bool section(void *ctx, const char *name, size_t index)
{
    struct site *site = ctx;
    bool is_there = false;
    const struct {
        const char *name;
        bool is_there;
    } once[] = {
        {"admin", site->is_admin},
        {"user", !site->is_admin},
        {"nav_here", &pages[site->nav] == site->page},
        {"errors", site->n_errors > 0},
        {"store", site->phone->options->store_path != NULL},
        {"no_store", site->phone->options->store_path == NULL},
        {"can_submit", site->n_shown > 0},
        {"nothing", site->n_shown == 0},
        {site->notice ? site->notice : "", site->notice != NULL},
    };
    if (strcmp(name, "info_nav") == 0)
        return next_nav(site, "Info", index);
    if (strcmp(name, "voice_nav") == 0)
        return next_nav(site, "Voice", index);
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
        if (strcmp(name, once[i].name) == 0)
            return index == 0 && once[i].is_there;
    if (!tab_section(site, name, index, &is_there))
        info_section(site, name, index, &is_there);
    return is_there;
}

static enum MHD_Result write_page(struct site *site, unsigned status)
{
    size_t len = 0;
    const struct page_source source = {site, value, section};
    char *text = page_write(site->page->template, &source, &len);
    tab_end(site);
    return answer_send(site->request, status, "text/html; charset=utf-8", text, len);
}

static bool has_token(const struct web *web, const struct web_form *form)
{
    const struct form_field *sent = form_find(form, prov_str_from("token"));
    return sent && login_is_equal_secret(sent->value, prov_str_from(web->token));
}

/* Like Submit All Changes of the phones: reboot and resync at once. The agent is notified of the
 * changes after the boot, as it may resync because of them. */
static void restart(struct phone *phone)
{
    phone->resyncs_at_boot = phone->options->store_path != NULL;
    if (phone->resyncs_at_boot)
        host_request(phone, PROV_VERB_REBOOT, prov_str_from(""), NULL);
    else
        phone_apply_changes(phone);
}

static enum MHD_Result submit(struct site *site, struct web_form *form)
{
    struct prov_error err = {0};
    size_t n_changed;
    if (!has_token(site->request->web, form))
        return answer_page(
            site->request, MHD_HTTP_FORBIDDEN,
            "The form is not one of this phone, or is older than its start: load the "
            "page again.");
    site->form = form;
    prov_status status = submit_store(site, form, &n_changed, &err);
    if (status == PROV_E_VALUE)
        return write_page(site, MHD_HTTP_UNPROCESSABLE_CONTENT);
    if (status != PROV_OK)
        return answer_page(site->request, MHD_HTTP_SERVICE_UNAVAILABLE,
                           err.message[0] ? err.message : prov_status_text(status));
    site->form = NULL;
    site->notice = "submitted";
    restart(site->phone);
    return write_page(site, MHD_HTTP_OK);
}

enum MHD_Result site_run(struct web_request *request)
{
    struct web_form form = {0};
    struct site site = {
        .request = request,
        .phone = request->web->phone,
        .page = request->page,
        .is_admin = request->is_admin_view,
    };
    if (!read_fields(request->web))
        return MHD_NO;
    if (strcmp(request->method.data, "POST") != 0)
        return write_page(&site, MHD_HTTP_OK);
    enum MHD_Result result = form_read(&form, request->body, request->body_len)
                                 ? submit(&site, &form)
                                 : answer_page(request, MHD_HTTP_CONTENT_TOO_LARGE, NULL);
    form_free(&form);
    return result;
}
