from locust import HttpUser, between, events, task


@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--category", choices=["books", "music"], default="books", help="What to look at")
    parser.add_argument("--items", type=int, default=3, help="How many of them in a task")
    parser.add_argument("--api-key", env_var="SHOP_API_KEY", default="", is_secret=True, help="The shop's key")


class ShopUser(HttpUser):
    wait_time = between(0.02, 0.06)

    def on_start(self):
        self.client.headers["X-Api-Key"] = self.environment.parsed_options.api_key

    @task
    def browse(self):
        options = self.environment.parsed_options
        for item in range(options.items):
            self.client.get(f"/{options.category}/{item}", name=f"/{options.category}/[item]")
