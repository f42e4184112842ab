//! The rules, one file each. A test compares this list with the folder.

mod accept_proxy_open;
mod acl_after_rewrite;
mod acl_or_mixed;
mod auth_over_plain_http;
mod backup_only_backend;
mod capture_unused;
mod check_options_without_check;
mod check_params_without_check;
mod connect_timeout_ge_server_timeout;
mod contradictory_condition;
mod cookie_missing_on_servers;
mod cookie_not_secure;
mod counter_read_but_not_tracked;
mod default_balance_changed;
mod default_sni_changed;
mod defaults_reset;
mod deprecated_action;
mod deprecated_sample;
mod duplicate_bind;
mod duplicate_cookie_value;
mod duplicate_pattern;
mod duplicate_rule;
mod duplicate_server_address;
mod dynamic_backend_unmatched_prefix;
mod empty_backend;
mod frontend_maxconn_above_global;
mod hash_type_without_hash_balance;
mod header_name_typo;
mod host_match_case_sensitive;
mod host_match_ignores_port;
mod host_pattern_with_port;
mod hostname_without_resolvers;
mod hsts_missing;
mod http_check_no_host;
mod http_without_https_redirect;
mod httplog_without_option;
mod insecure_password;
mod insecure_setuid;
mod ip_without_mask;
mod l7_sample_in_tcp_frontend;
mod localhost_address;
mod maxconn_without_timeout_queue;
mod method_lowercase;
mod metrics_exposed;
mod no_client_fin_with_tunnel;
mod no_default_backend;
mod no_global_maxconn;
mod no_health_check;
mod no_log;
mod no_timeout_http_request;
mod no_timeout_tunnel;
mod non_consistent_hash_with_dynamic_servers;
mod overwritten_setting;
mod path_beg_no_trailing_slash;
mod path_deny_bypass;
mod path_pattern_with_query;
mod path_pattern_without_slash;
mod proxy_loop;
mod rate_limit_on_spoofable_key;
mod redirect_loop;
mod redispatch_without_retries;
mod regex_catastrophic;
mod regex_replaceable_by_literal;
mod regex_unanchored;
mod resolvers_without_init_addr;
mod retry_on_nonidempotent;
mod runs_as_root;
mod secret_in_config;
mod send_proxy_inconsistent;
mod server_cookie_without_cookie;
mod server_template_without_resolvers;
mod shadowed_rule;
mod side_effect_sample_order;
mod sni_without_inspect;
mod ssl_port_without_ssl;
mod stats_admin_true;
mod stats_no_auth;
mod stats_socket_missing;
mod stats_socket_tcp_admin;
mod stats_socket_world_writable;
mod stats_weak_auth;
mod stick_counter_not_stored;
mod stick_table_huge_size;
mod stick_table_no_expire;
mod tautology_condition;
mod timeout_tunnel_zero;
mod timeout_without_unit;
mod tls_min_version;
mod track_after_check;
mod trusted_header_from_client;
mod unparenthesised_or;
mod unreachable_use_backend;
mod unsafe_violations;
mod unused_acl;
mod unused_backend;
mod unused_cache;
mod unused_defaults;
mod unused_http_errors;
mod unused_peers;
mod unused_resolvers;
mod unused_userlist;
mod var_never_read;
mod var_never_set;
mod verify_none;
mod verify_required_without_verifyhost;
mod weak_ciphers;
mod weight_zero_everywhere;
mod xff_spoofable;
mod xfp_add_not_set;

use crate::rule::Rule;

/// In the order of their names.
pub static ALL: &[&Rule] = &[
    &accept_proxy_open::RULE,
    &acl_after_rewrite::RULE,
    &acl_or_mixed::RULE,
    &auth_over_plain_http::RULE,
    &backup_only_backend::RULE,
    &capture_unused::RULE,
    &check_options_without_check::RULE,
    &check_params_without_check::RULE,
    &connect_timeout_ge_server_timeout::RULE,
    &contradictory_condition::RULE,
    &cookie_missing_on_servers::RULE,
    &cookie_not_secure::RULE,
    &counter_read_but_not_tracked::RULE,
    &default_balance_changed::RULE,
    &default_sni_changed::RULE,
    &defaults_reset::RULE,
    &deprecated_action::RULE,
    &deprecated_sample::RULE,
    &duplicate_bind::RULE,
    &duplicate_cookie_value::RULE,
    &duplicate_pattern::RULE,
    &duplicate_rule::RULE,
    &duplicate_server_address::RULE,
    &dynamic_backend_unmatched_prefix::RULE,
    &empty_backend::RULE,
    &frontend_maxconn_above_global::RULE,
    &hash_type_without_hash_balance::RULE,
    &header_name_typo::RULE,
    &host_match_case_sensitive::RULE,
    &host_match_ignores_port::RULE,
    &host_pattern_with_port::RULE,
    &hostname_without_resolvers::RULE,
    &hsts_missing::RULE,
    &http_check_no_host::RULE,
    &http_without_https_redirect::RULE,
    &httplog_without_option::RULE,
    &insecure_password::RULE,
    &insecure_setuid::RULE,
    &ip_without_mask::RULE,
    &l7_sample_in_tcp_frontend::RULE,
    &localhost_address::RULE,
    &maxconn_without_timeout_queue::RULE,
    &method_lowercase::RULE,
    &metrics_exposed::RULE,
    &no_client_fin_with_tunnel::RULE,
    &no_default_backend::RULE,
    &no_global_maxconn::RULE,
    &no_health_check::RULE,
    &no_log::RULE,
    &no_timeout_http_request::RULE,
    &no_timeout_tunnel::RULE,
    &non_consistent_hash_with_dynamic_servers::RULE,
    &overwritten_setting::RULE,
    &path_beg_no_trailing_slash::RULE,
    &path_deny_bypass::RULE,
    &path_pattern_with_query::RULE,
    &path_pattern_without_slash::RULE,
    &proxy_loop::RULE,
    &rate_limit_on_spoofable_key::RULE,
    &redirect_loop::RULE,
    &redispatch_without_retries::RULE,
    &regex_catastrophic::RULE,
    &regex_replaceable_by_literal::RULE,
    &regex_unanchored::RULE,
    &resolvers_without_init_addr::RULE,
    &retry_on_nonidempotent::RULE,
    &runs_as_root::RULE,
    &secret_in_config::RULE,
    &send_proxy_inconsistent::RULE,
    &server_cookie_without_cookie::RULE,
    &server_template_without_resolvers::RULE,
    &shadowed_rule::RULE,
    &side_effect_sample_order::RULE,
    &sni_without_inspect::RULE,
    &ssl_port_without_ssl::RULE,
    &stats_admin_true::RULE,
    &stats_no_auth::RULE,
    &stats_socket_missing::RULE,
    &stats_socket_tcp_admin::RULE,
    &stats_socket_world_writable::RULE,
    &stats_weak_auth::RULE,
    &stick_counter_not_stored::RULE,
    &stick_table_huge_size::RULE,
    &stick_table_no_expire::RULE,
    &tautology_condition::RULE,
    &timeout_tunnel_zero::RULE,
    &timeout_without_unit::RULE,
    &tls_min_version::RULE,
    &track_after_check::RULE,
    &trusted_header_from_client::RULE,
    &unparenthesised_or::RULE,
    &unreachable_use_backend::RULE,
    &unsafe_violations::RULE,
    &unused_acl::RULE,
    &unused_backend::RULE,
    &unused_cache::RULE,
    &unused_defaults::RULE,
    &unused_http_errors::RULE,
    &unused_peers::RULE,
    &unused_resolvers::RULE,
    &unused_userlist::RULE,
    &var_never_read::RULE,
    &var_never_set::RULE,
    &verify_none::RULE,
    &verify_required_without_verifyhost::RULE,
    &weak_ciphers::RULE,
    &weight_zero_everywhere::RULE,
    &xff_spoofable::RULE,
    &xfp_add_not_set::RULE,
];

pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.name == name).copied()
}
