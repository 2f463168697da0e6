import json
import random

from locust import HttpUser, between, task

QUERY = """
query Products($first: Int!) {
  products(first: $first) {
    edges { node { id name } }
  }
}
"""

MUTATION = r"mutation { addToCart(id: \"1\") { ok } }"
PATTERN = r'\d+\\"'


class GraphQlUser(HttpUser):
    wait_time = between(0.3, 1.75)

    def query(self, name, query, variables=None):
        with self.client.post(
            "/graphql",
            name=f"/graphql {name}",
            json={"query": query, "variables": variables or {}},
            catch_response=True,
        ) as response:
            if "errors" in response.json():
                response.failure(json.dumps(response.json()["errors"]))

    @task(3)
    def products(self):
        self.query("products", QUERY, {"first": random.randint(1, 20)})

    @task
    def cart(self):
        self.client.post("/graphql", json={"query": MUTATION})
        self.client.post("/graphql", json={"query": "{ a(b: \"c\\n\") }", "operationName": None}, name="/graphql [raw] \\ \"quoted\"")
        path = "/a" \
            "/b"
        self.client.get(path)  # a path with a \
        text = '''
    */ // a comment? no \
'''

    @task
    def long_statement(self):
        self.client.get("/a/very/long/path/that/goes/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/until/the/end/of/the/line")
        self.client.post("/very/long", json={"a_long_name": "a long value", "another_long_name": "another long value", "more": [1, 2, 3], "url": "http://example.com/some/long/path/to/a/page"}, headers={"X-First-Header": "one", "X-Second-Header": "two", "X-Third": "three"})
