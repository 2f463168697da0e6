"""A GraphQL service. A page sends its queries at the same time, as a browser does."""

import random

import gevent
from gevent.pool import Pool

from locust import HttpUser, between, task

QUERIES = {
    "Profile": "query Profile { me { id name } }",
    "News": "query News($first: Int!) { news(first: $first) { title } }",
    "Products": "query Products($page: Int!) { products(page: $page) { id } }",
    "Search": "query Search($text: String!) { search(text: $text) { id } }",
    "Product": "query Product($id: ID!) { product(id: $id) { id name price } }",
    "Orders": "query Orders { orders { id total } }",
    "Rate": "mutation Rate($id: ID!, $stars: Int!) { rate(id: $id, stars: $stars) { average } }",
}


class GraphQLUser(HttpUser):
    wait_time = between(0.1, 0.3)

    def query(self, operation, **variables):
        """Returns the data; an answer with errors is a failure, whatever its status."""
        body = {"operationName": operation, "query": QUERIES[operation], "variables": variables}
        headers = {"Authorization": "Bearer graph-token"}
        with self.client.post(
            "/graphql",
            json=body,
            headers=headers,
            name=f"/graphql {operation}",
            catch_response=True,
        ) as response:
            answer = response.json()
            if "errors" in answer:
                error = answer["errors"][0]
                response.failure(f"{error['extensions']['code']}: {error['message']}")
            return answer.get("data")

    @task(2)
    def dashboard(self):
        queries = [gevent.spawn(self.query, "Profile"), gevent.spawn(self.query, "News", first=5)]
        gevent.joinall(queries, raise_error=True)
        profile, news = (query.value for query in queries)
        assert profile["me"]["name"] == "Ann" and len(news["news"]) == 5, "wrong dashboard"

    @task(2)
    def catalogue(self):
        products = self.query("Products", page=random.randint(1, 3))["products"]
        details = Pool(10).map(lambda product: self.query("Product", id=product["id"]), products)
        total = sum(detail["product"]["price"] for detail in details)
        assert total > 0, "everything is free"

    @task
    def search(self):
        self.query("Search", text=random.choice(["lamp", "größe", "50 %"]))

    @task
    def orders(self):
        self.query("Orders")

    @task
    def rate(self):
        rating = self.query("Rate", id=f"p{random.randint(1, 9)}", stars=random.randint(1, 6))
        if rating is not None:
            assert 1 <= rating["rate"]["average"] <= 5, "wrong average"
