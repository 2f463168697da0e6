// Users that ask as fast as they get answers.
import http from "k6/http";

export default function () {
  http.get(__ENV.URL);
}
