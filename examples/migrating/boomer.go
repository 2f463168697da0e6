// A visitor of a shop for boomer: the counterpart of shop.cpp.
package main

import (
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"time"

	"github.com/myzhan/boomer"
)

const host = "http://127.0.0.1:8080"

// All goroutines share the client.
var client = &http.Client{}

func get(name, path string) {
	begin := time.Now()
	response, err := client.Get(host + path)
	if err != nil {
		boomer.RecordFailure("GET", name, time.Since(begin).Milliseconds(), err.Error())
		return
	}
	defer response.Body.Close()
	length, _ := io.Copy(io.Discard, response.Body)
	milliseconds := time.Since(begin).Milliseconds()
	if response.StatusCode >= 400 {
		boomer.RecordFailure("GET", name, milliseconds, response.Status)
		return
	}
	boomer.RecordSuccess("GET", name, milliseconds, length)
}

func frontPage() {
	get("/", "/")
	time.Sleep(time.Second)
}

func viewItem() {
	get("/item?id=[id]", fmt.Sprintf("/item?id=%d", rand.Intn(100)))
	time.Sleep(time.Second)
}

func main() {
	boomer.Run(
		&boomer.Task{Name: "frontPage", Weight: 1, Fn: frontPage},
		&boomer.Task{Name: "viewItem", Weight: 3, Fn: viewItem},
	)
}
