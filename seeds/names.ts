import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diseasesFile, placesFile } from './national-files.ts';
import { parseSeed } from './seed-error.ts';

/** What people call the codes; a pooling region goes by its place's name. */
export interface ReadableNames {
  place: (code: string) => string;
  knowsPlace: (code: string) => boolean;
  disease: (code: string) => string | undefined;
}

/** Reads the names of places and diseases from the national seed files. */
export function readNames(directory: string = import.meta.dirname): ReadableNames {
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const { places, diseases } = {
    places: parseSeed(read('places.yaml'), 'places.yaml', placesFile),
    diseases: parseSeed(read('diseases.yaml'), 'diseases.yaml', diseasesFile),
  };
  const ofPlace = new Map<string, string>(places.map(({ code, name }) => [code, name]));
  const ofDisease = new Map<string, string>(diseases.map(({ code, name }) => [code, name]));
  return {
    knowsPlace: (code) => ofPlace.has(code),
    place: (code) => ofPlace.get(`${code.slice(0, 2)}0000`) ?? code,
    disease: (code) => ofDisease.get(code),
  };
}
