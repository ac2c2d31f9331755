// What these are built from, ../3.6/go.mod and its like say: go build -modfile
module etcdplan/tests/servers

go 1.26.0
