import "commander";
