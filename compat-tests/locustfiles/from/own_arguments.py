from locust import HttpUser, events, task


@events.init_command_line_parser.add_listener
def add_arguments(parser):
    parser.add_argument("--tenant", type=str, env_var="SHOP_TENANT", default="acme", help="The tenant, 100%% of the time")
    parser.add_argument("--page-size", type=int, default=20)
    parser.add_argument("--ratio", type=float, default=1, help="Ratio of writers")
    parser.add_argument("--dry-run", action="store_true", help="Only read")
    parser.add_argument("--region", choices=["eu", "us"], default="eu", help="Where the servers are")
    # not shown in the web UI
    parser.add_argument("--api-key", include_in_web_ui=False, default="")
    parser.add_argument("-k", "--kind", is_secret=True, default="plain")


@events.test_start.add_listener
def show_arguments(environment, **kw):
    print(f"Tenant: {environment.parsed_options.tenant}")


class TenantUser(HttpUser):
    wait_time = lambda self: 2

    @task
    def page(self):
        options = self.environment.parsed_options
        self.client.get(f"/{options.tenant}?size={options.page_size}", name="/[tenant]")
